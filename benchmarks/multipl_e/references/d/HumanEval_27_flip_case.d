{
    import std.ascii : isLower, toLower, toUpper;
    char[] flipped;
    foreach (c; string)
        flipped ~= isLower(c) ? toUpper(c) : toLower(c);
    return flipped.idup;
}
