  (mapv #(subs string 0 %) (range 1 (inc (count string)))))
