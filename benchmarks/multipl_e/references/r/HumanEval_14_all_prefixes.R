
    if (nchar(string) == 0) {
        return(c())
    }
    substring(string, 1, seq_len(nchar(string)))
}
