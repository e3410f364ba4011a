    var rest = n
    var factors: [Int] = []
    var p = 2
    while p <= rest {
        if rest % p == 0 {
            factors.append(p)
            rest /= p
        } else {
            p += 1
        }
    }
    return factors
