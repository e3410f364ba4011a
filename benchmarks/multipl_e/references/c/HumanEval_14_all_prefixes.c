    *count = strlen(string);
    char **prefixes = malloc((*count + 1) * sizeof *prefixes);
    for (size_t n = 1; n <= *count; n++) prefixes[n - 1] = strndup(string, n);
    return prefixes;
