 or [abs (a - b) < threshold | (i, a) <- indexed, (j, b) <- indexed, i < j]
  where indexed = zip [0 :: Int ..] numbers
