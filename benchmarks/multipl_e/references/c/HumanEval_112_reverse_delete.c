    reduced result = {calloc(strlen(s) + 1, 1), true};
    size_t length = 0;
    for (; *s; s++)
        if (!strchr(c, *s)) result.text[length++] = *s;
    for (size_t i = 0; i < length; i++)
        if (result.text[i] != result.text[length - 1 - i]) result.palindrome = false;
    return result;
