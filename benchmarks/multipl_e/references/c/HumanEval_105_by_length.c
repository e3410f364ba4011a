    static const char *names[] = {"One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"};
    const char **words = malloc((arr_count + 1) * sizeof *words);
    *count = 0;
    for (long n = 9; n > 0; n--)
        for (size_t i = 0; i < arr_count; i++)
            if (arr[i] == n) words[(*count)++] = names[n - 1];
    return words;
