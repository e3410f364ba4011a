    tuple2_long_long result = {0, 1};
    for (size_t i = 0; i < numbers.count; i++) {
        result.item0 += numbers.items[i];
        result.item1 *= numbers.items[i];
    }
    return result;
