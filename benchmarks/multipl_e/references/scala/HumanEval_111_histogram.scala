        val counts = Map[String,Long]()
        for (letter <- test.split(" ") if letter.nonEmpty) {
            counts(letter) = counts.getOrElse(letter, 0L) + 1
        }
        val most = if (counts.isEmpty) 0L else counts.values.max
        counts.filter { case (_, count) => count == most }
