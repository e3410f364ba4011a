        (numbers.sum, numbers.foldLeft(1L)(_ * _))
