    return (0..<string.count).map { n in String(string.prefix(n + 1)) }
