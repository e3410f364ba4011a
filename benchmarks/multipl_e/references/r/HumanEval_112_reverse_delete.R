
    unwanted <- strsplit(c, '')[[1]]
    kept <- strsplit(s, '')[[1]]
    kept <- kept[!(kept %in% unwanted)]
    list(paste(kept, collapse = ''), all(kept == rev(kept)))
}
