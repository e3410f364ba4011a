    char *flipped = strdup(string);
    for (char *c = flipped; *c; c++) *c = islower(*c) ? toupper(*c) : tolower(*c);
    return flipped;
