
    negative <- lst[lst < 0]
    positive <- lst[lst > 0]
    result <- list(NULL, NULL)
    if (length(negative) > 0) result[[1]] <- max(negative)
    if (length(positive) > 0) result[[2]] <- min(positive)
    if (length(negative) > 0 && length(positive) > 0) unlist(result) else result
}
