    long *factors = malloc(64 * sizeof *factors);
    *count = 0;
    for (long p = 2; p <= n; p++)
        for (; n % p == 0; n /= p) factors[(*count)++] = p;
    return factors;
