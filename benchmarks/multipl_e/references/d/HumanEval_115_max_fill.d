{
    import std.algorithm : sum;
    long times = 0;
    foreach (well; grid)
        times += (well.sum + capacity - 1) / capacity;
    return times;
}
