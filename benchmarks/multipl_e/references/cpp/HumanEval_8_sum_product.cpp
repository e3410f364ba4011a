    long sum = 0, product = 1;
    for (long number : numbers) {
        sum += number;
        product *= number;
    }
    return std::make_tuple(sum, product);
