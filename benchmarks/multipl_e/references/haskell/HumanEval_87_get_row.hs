 [(row, column) | (row, values) <- zip [0 ..] lst, (column, value) <- reverse (zip [0 ..] values), value == x]
