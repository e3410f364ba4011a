    array_string result = {malloc((strlen(string) + 1) * sizeof(char *)), strlen(string)};
    for (size_t n = 1; n <= result.count; n++) result.items[n - 1] = strndup(string, n);
    return result;
