        string.map(letter => if (letter.isLower) letter.toUpper else letter.toLower)
