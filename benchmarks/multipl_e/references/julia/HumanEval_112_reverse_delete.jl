    kept = filter(letter -> !(letter in c), s)
    return (kept, kept == reverse(kept))
end
