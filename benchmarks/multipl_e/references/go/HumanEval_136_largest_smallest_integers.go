	var largest, smallest interface{}
	for _, n := range lst {
		if n < 0 && (largest == nil || n > largest.(int)) {
			largest = n
		}
		if n > 0 && (smallest == nil || n < smallest.(int)) {
			smallest = n
		}
	}
	return []interface{}{largest, smallest}
}
