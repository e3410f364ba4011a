	counts := map[string]int{}
	most := 0
	for _, letter := range test {
		if letter != ' ' {
			counts[string(letter)]++
			most = max(most, counts[string(letter)])
		}
	}
	result := map[string]int{}
	for letter, count := range counts {
		if count == most {
			result[letter] = count
		}
	}
	return result
}
