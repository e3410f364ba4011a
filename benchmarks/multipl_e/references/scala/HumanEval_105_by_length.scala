        val names = List("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
        arr.filter(n => n >= 1 && n <= 9).sorted.reverse.map(n => names((n - 1).toInt))
