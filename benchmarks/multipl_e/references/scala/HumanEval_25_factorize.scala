        var rest = n
        var divisor = 2L
        var factors = List[Long]()
        while (rest > 1) {
            if (rest % divisor == 0) {
                factors = divisor :: factors
                rest /= divisor
            } else {
                divisor += 1
            }
        }
        factors.reverse
