    var counts: [String: Int] = [:]
    for letter in test.split(separator: " ") {
        counts[String(letter), default: 0] += 1
    }
    let most = counts.values.max() ?? 0
    return counts.filter { letter, count in count == most }
