        for {
            (row, i) <- lst.zipWithIndex
            (value, j) <- row.zipWithIndex.reverse
            if value == x
        } yield (i.toLong, j.toLong)
