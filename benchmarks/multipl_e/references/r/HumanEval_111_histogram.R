
    words <- strsplit(test, ' ')[[1]]
    words <- words[words != '']
    if (length(words) == 0) {
        return(list())
    }
    count <- table(factor(words, levels = unique(words)))
    as.list(count[count == max(count)])
}
