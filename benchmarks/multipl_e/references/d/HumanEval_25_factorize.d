{
    long[] factors;
    for (long p = 2; p <= n; p++)
        while (n % p == 0)
        {
            factors ~= p;
            n /= p;
        }
    return factors;
}
