 from 2 n
  where
    from _ 1 = []
    from p rest
      | rest `mod` p == 0 = p : from p (rest `div` p)
      | p > rest = []
      | otherwise = from (p + 1) rest
