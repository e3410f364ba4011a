    let names = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"]
    return arr.filter { n in n >= 1 && n <= 9 }.sorted(by: >).map { n in names[n - 1] }
