    let mut found = Vec::new();
    for (row, values) in lst.iter().enumerate() {
        for (column, &value) in values.iter().enumerate().rev() {
            if value == x {
                found.push((row as isize, column as isize));
            }
        }
    }
    found
