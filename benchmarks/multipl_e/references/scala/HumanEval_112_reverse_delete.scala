        val kept = s.filterNot(letter => c.contains(letter.toString))
        (kept, kept == kept.reverse)
