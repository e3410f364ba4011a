    let kept = String(s.filter { letter in !c.contains(letter) })
    return (kept, kept == String(kept.reversed()))
