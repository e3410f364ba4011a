{
    Tuple!(long, long)[] found;
    foreach (row, values; lst)
        foreach_reverse (column, value; values)
            if (value == x)
                found ~= tuple(cast(long) row, cast(long) column);
    return found;
}
