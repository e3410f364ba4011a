{
    import std.algorithm : canFind, equal;
    import std.range : retro;
    string kept;
    foreach (letter; s)
        if (!c.canFind(letter))
            kept ~= letter;
    return tuple(kept, kept.equal(kept.retro));
}
