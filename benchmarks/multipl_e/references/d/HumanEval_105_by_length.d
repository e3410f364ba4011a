{
    import std.algorithm : sort;
    auto names = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
    string[] words;
    foreach (n; arr.dup.sort!"a > b")
        if (n >= 1 && n <= 9)
            words ~= names[n - 1];
    return words;
}
