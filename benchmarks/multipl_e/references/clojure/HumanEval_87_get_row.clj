  (vec
    (for [[i row] (map-indexed vector lst)
          j (range (dec (count row)) -1 -1)
          :when (= (nth row j) x)]
      [i j])))
