    var found: [(Int, Int)] = []
    for (row, values) in lst.enumerated() {
        for (column, value) in values.enumerated().reversed() {
            if value == x {
                found.append((row, column))
            }
        }
    }
    return found
