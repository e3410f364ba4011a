    let names = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
    let mut sorted: Vec<isize> = arr.into_iter().filter(|&n| n >= 1 && n <= 9).collect();
    sorted.sort();
    sorted.iter().rev().map(|&n| names[n as usize - 1].to_string()).collect()
