    long counts[128] = {0}, most = 1;
    for (; *test; test++)
        if (*test != ' ' && ++counts[(int)*test] > most) most = counts[(int)*test];
    letter_count *result = malloc(128 * sizeof *result);
    *count = 0;
    for (int letter = 0; letter < 128; letter++)
        if (counts[letter] == most) result[(*count)++] = (letter_count){letter, most};
    return result;
