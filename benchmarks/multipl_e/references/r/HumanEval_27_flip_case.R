
    chartr(
        paste0(c(letters, LETTERS), collapse = ''),
        paste0(c(LETTERS, letters), collapse = ''),
        string
    )
}
