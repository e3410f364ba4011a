	kept, turned := "", ""
	for _, letter := range s {
		deleted := false
		for _, other := range c {
			deleted = deleted || other == letter
		}
		if !deleted {
			kept += string(letter)
			turned = string(letter) + turned
		}
	}
	return []interface{}{kept, kept == turned}
}
