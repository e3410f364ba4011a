
    found <- list()
    for (row in seq_along(lst)) {
        for (column in rev(seq_along(lst[[row]]))) {
            if (lst[[row]][column] == x) {
                found[[length(found) + 1]] <- c(row - 1, column - 1)
            }
        }
    }
    if (length(found) == 0) c() else found
}
