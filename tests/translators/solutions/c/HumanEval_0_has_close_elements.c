    for (size_t i = 0; i < numbers.count; i++)
        for (size_t j = i + 1; j < numbers.count; j++)
            if (fabs(numbers.items[i] - numbers.items[j]) < threshold) return true;
    return false;
