
    times <- 0
    for (row in grid) {
        times <- times + ceiling(sum(row) / capacity)
    }
    times
}
