    bounds result = {false, 0, false, 0};
    for (size_t i = 0; i < count; i++) {
        long n = lst[i];
        if (n < 0 && (!result.has_largest || n > result.largest)) result.has_largest = true, result.largest = n;
        if (n > 0 && (!result.has_smallest || n < result.smallest)) result.has_smallest = true, result.smallest = n;
    }
    return result;
