 sum [(sum well + capacity - 1) `div` capacity | well <- grid]
