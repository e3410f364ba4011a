    return string.map { c in c.isLowercase ? c.uppercased() : c.lowercased() }.joined()
