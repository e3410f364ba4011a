    letters = test.split()
    most = max(map(letters.count, letters), default=0)
    return {letter: most for letter in letters if letters.count(letter) == most}
