 map flipped string
  where
    flipped c
      | c >= 'a' && c <= 'z' = toEnum (fromEnum c - 32)
      | c >= 'A' && c < '[' = toEnum (fromEnum c + 32)
      | otherwise = c
