	flipped := []byte(myString)
	for i, c := range flipped {
		if c >= 'a' && c <= 'z' {
			flipped[i] = c - 32
		} else if c >= 'A' && c < '[' {
			flipped[i] = c + 32
		}
	}
	return string(flipped)
}
