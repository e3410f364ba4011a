 (sum numbers, foldr (*) 1 numbers)
