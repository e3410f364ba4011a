    tuple2_optional_long_optional_long result = {{false, 0}, {false, 0}};
    for (size_t i = 0; i < lst.count; i++) {
        long n = lst.items[i];
        if (n < 0 && (!result.item0.present || n > result.item0.value)) result.item0 = (optional_long){true, n};
        if (n > 0 && (!result.item1.present || n < result.item1.value)) result.item1 = (optional_long){true, n};
    }
    return result;
