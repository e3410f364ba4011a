    let mut rest = n;
    let mut factors = Vec::new();
    let mut p = 2;
    while p <= rest {
        if rest % p == 0 {
            factors.push(p);
            rest /= p;
        } else {
            p += 1;
        }
    }
    factors
