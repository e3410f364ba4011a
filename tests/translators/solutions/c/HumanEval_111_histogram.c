    long counts[128] = {0}, most = 1;
    for (; *test; test++)
        if (*test != ' ' && ++counts[(int)*test] > most) most = counts[(int)*test];
    map_string_long result = {malloc(128 * sizeof(map_string_long_entry)), 0};
    for (char letter = 127; letter > 0; letter--)
        if (counts[(int)letter] == most)
            result.items[result.count++] = (map_string_long_entry){strndup(&letter, 1), most};
    return result;
