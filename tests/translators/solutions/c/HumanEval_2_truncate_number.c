    return number - floor(number);
