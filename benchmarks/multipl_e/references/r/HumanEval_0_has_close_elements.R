
    for (i in seq_along(numbers)) {
        for (j in seq_along(numbers)) {
            if (i != j && abs(numbers[i] - numbers[j]) < threshold) {
                return(TRUE)
            }
        }
    }
    FALSE
}
