    for i in 0..<numbers.count {
        for j in (i + 1)..<max(i + 1, numbers.count) {
            if abs(numbers[i] - numbers[j]) < threshold {
                return true
            }
        }
    }
    return false
