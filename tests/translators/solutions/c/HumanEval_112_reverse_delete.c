    char *kept = calloc(strlen(s) + 1, 1);
    size_t length = 0;
    for (; *s; s++)
        if (!strchr(c, *s)) kept[length++] = *s;
    tuple2_string_bool result = {kept, true};
    for (size_t i = 0; i < length; i++)
        if (kept[i] != kept[length - 1 - i]) result.item1 = false;
    return result;
