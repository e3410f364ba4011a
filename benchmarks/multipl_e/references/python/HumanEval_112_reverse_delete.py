    kept = ''.join(letter for letter in s if letter not in c)
    return kept, kept == kept[::-1]
