{
    typeof(return) prefixes;
    foreach (n; 1 .. string.length + 1)
        prefixes ~= string[0 .. n];
    return prefixes;
}
