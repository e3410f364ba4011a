    (1..=string.len()).map(|n| string[..n].to_string()).collect()
