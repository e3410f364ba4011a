    let kept: String = s.chars().filter(|&letter| !c.contains(letter)).collect();
    let turned: String = kept.chars().rev().collect();
    let palindrome = kept == turned;
    (kept, palindrome)
