	names := []string{"One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"}
	words := []string{}
	for n := 9; n > 0; n-- {
		for _, value := range arr {
			if value == n {
				words = append(words, names[n-1])
			}
		}
	}
	return words
}
