    std::vector<long> factors;
    for (long p = 2; p <= n; p++)
        while (n % p == 0) {
            factors.push_back(p);
            n /= p;
        }
    return factors;
