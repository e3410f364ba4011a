    let mut sum = 0;
    let mut product = 1;
    for number in numbers {
        sum += number;
        product *= number;
    }
    (sum, product)
