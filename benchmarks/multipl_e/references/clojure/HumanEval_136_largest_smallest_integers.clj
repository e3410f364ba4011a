  (let [negative (filter #(< % 0) lst)
        positive (filter #(> % 0) lst)]
    [(when (seq negative) (apply max negative))
     (when (seq positive) (apply min positive))]))
