	factors := []int{}
	for p := 2; p <= n; p++ {
		for n%p == 0 {
			factors = append(factors, p)
			n /= p
		}
	}
	return factors
}
