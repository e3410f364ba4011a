 [names !! (n - 1) | n <- [9, 8 .. 1], m <- arr, m == n]
  where names = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"]
