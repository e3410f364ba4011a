{
    Nullable!long largest, smallest;
    foreach (n; lst)
    {
        if (n < 0 && (largest.isNull || n > largest.get))
            largest = n;
        if (n > 0 && (smallest.isNull || n < smallest.get))
            smallest = n;
    }
    return tuple(largest, smallest);
}
