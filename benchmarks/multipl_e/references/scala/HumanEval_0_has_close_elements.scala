        for (i <- numbers.indices; j <- i + 1 until numbers.length) {
            if ((numbers(i) - numbers(j)).abs < threshold) {
                return true
            }
        }
        false
