  (reduce + (map #(quot (+ (reduce + %) (dec capacity)) capacity) grid)))
