 (best maximum (filter (< 0) lst), best minimum (filter (0 <) lst))
  where
    best _ [] = Nothing
    best choose values = Just (choose values)
