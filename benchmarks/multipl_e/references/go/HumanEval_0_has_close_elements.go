	for i := range numbers {
		for j := i + 1; j < len(numbers); j++ {
			distance := numbers[i] - numbers[j]
			if distance < 0 {
				distance = -distance
			}
			if distance < threshold {
				return true
			}
		}
	}
	return false
}
