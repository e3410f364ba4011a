  (boolean
    (some (fn [[i a]]
            (some (fn [b] (< (Math/abs (- a b)) threshold))
                  (drop (inc i) numbers)))
          (map-indexed vector numbers))))
