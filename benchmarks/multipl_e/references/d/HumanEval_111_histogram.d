{
    import std.array : split;
    long[string] counts, result;
    long most = 0;
    foreach (letter; test.split)
    {
        counts[letter]++;
        if (counts[letter] > most)
            most = counts[letter];
    }
    foreach (letter, count; counts)
        if (count == most)
            result[letter] = count;
    return result.length ? nullable(result) : Nullable!(long[string]).init;
}
