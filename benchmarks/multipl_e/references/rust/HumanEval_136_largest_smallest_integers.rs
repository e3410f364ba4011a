    let largest = lst.iter().copied().filter(|&n| n < 0).max();
    let smallest = lst.iter().copied().filter(|&n| n > 0).min();
    (largest, smallest)
