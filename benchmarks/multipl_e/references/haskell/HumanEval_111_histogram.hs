 [([letter], count) | (letter, count) <- counts, count == most]
  where
    counts = [(letter, length (filter (letter ==) test)) | letter <- ['a' .. 'z'], letter `elem` test]
    most = maximum (map snd counts)
