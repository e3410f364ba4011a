    let mut counts: HashMap<String, isize> = HashMap::new();
    for letter in test.split_whitespace() {
        *counts.entry(letter.to_string()).or_insert(0) += 1;
    }
    let most = counts.values().copied().max().unwrap_or(0);
    counts.into_iter().filter(|(_, count)| *count == most).collect()
