
    factors <- c()
    divisor <- 2
    while (n > 1) {
        if (n %% divisor == 0) {
            factors <- c(factors, divisor)
            n <- n / divisor
        } else {
            divisor <- divisor + 1
        }
    }
    factors
}
