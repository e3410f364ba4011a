    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            if (fabs(numbers[i] - numbers[j]) < threshold) return true;
    return false;
