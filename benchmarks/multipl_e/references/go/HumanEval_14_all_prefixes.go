	prefixes := []string{}
	for n := 1; n <= len(myString); n++ {
		prefixes = append(prefixes, myString[:n])
	}
	return prefixes
}
