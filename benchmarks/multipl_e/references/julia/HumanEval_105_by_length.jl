    names = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"]
    digits = sort(filter(number -> 1 <= number <= 9, arr), rev=true)
    return String[names[digit] for digit in digits]
end
