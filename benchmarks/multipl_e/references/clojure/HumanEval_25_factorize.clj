  (loop [rest n divisor 2 factors []]
    (cond
      (<= rest 1) factors
      (zero? (mod rest divisor)) (recur (quot rest divisor) divisor (conj factors divisor))
      :else (recur rest (inc divisor) factors))))
