    std::optional<long> largest, smallest;
    for (long n : lst) {
        if (n < 0 && (!largest || n > *largest)) largest = n;
        if (n > 0 && (!smallest || n < *smallest)) smallest = n;
    }
    return std::make_tuple(largest, smallest);
