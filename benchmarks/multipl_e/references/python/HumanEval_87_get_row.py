    return [
        (row, column)
        for row, numbers in enumerate(lst)
        for column in reversed(range(len(numbers)))
        if numbers[column] == x
    ]
