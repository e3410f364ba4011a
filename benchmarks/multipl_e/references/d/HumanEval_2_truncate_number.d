{
    return number - floor(number);
}
