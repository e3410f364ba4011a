    array_long result = {malloc(64 * sizeof(long)), 0};
    for (long p = 2; p <= n; p++)
        for (; n % p == 0; n /= p) result.items[result.count++] = p;
    return result;
