    total, product = 0, 1
    for number in numbers:
        total += number
        product *= number
    return total, product
