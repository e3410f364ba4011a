    sums result = {0, 1};
    for (size_t i = 0; i < count; i++) {
        result.sum += numbers[i];
        result.product *= numbers[i];
    }
    return result;
