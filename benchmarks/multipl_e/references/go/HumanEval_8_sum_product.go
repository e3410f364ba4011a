	sum, product := 0, 1
	for _, number := range numbers {
		sum += number
		product *= number
	}
	return []interface{}{sum, product}
}
