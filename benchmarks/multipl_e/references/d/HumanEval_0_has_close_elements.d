{
    foreach (i; 0 .. numbers.length)
        foreach (j; i + 1 .. numbers.length)
            if (abs(numbers[i] - numbers[j]) < threshold)
                return true;
    return false;
}
