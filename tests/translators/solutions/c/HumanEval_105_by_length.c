    static const char *names[] = {"One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"};
    array_string result = {malloc((arr.count + 1) * sizeof(char *)), 0};
    for (long n = 9; n > 0; n--)
        for (size_t i = 0; i < arr.count; i++)
            if (arr.items[i] == n) result.items[result.count++] = names[n - 1];
    return result;
