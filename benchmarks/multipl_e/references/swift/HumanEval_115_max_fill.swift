    return grid.map { well in (well.reduce(0, +) + capacity - 1) / capacity }.reduce(0, +)
