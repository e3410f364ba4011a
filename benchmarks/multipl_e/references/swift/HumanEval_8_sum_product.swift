    return (numbers.reduce(0, +), numbers.reduce(1, *))
