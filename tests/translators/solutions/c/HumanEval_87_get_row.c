    array_tuple2_long_long result = {malloc(1000 * sizeof(tuple2_long_long)), 0};
    for (size_t row = 0; row < lst.count; row++)
        for (size_t column = lst.items[row].count; column-- > 0;)
            if (lst.items[row].items[column] == x)
                result.items[result.count++] = (tuple2_long_long){row, column};
    return result;
