    names = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"]
    return [names[digit - 1] for digit in sorted(arr, reverse=True) if 1 <= digit <= 9]
