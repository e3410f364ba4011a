  (let [names ["One" "Two" "Three" "Four" "Five" "Six" "Seven" "Eight" "Nine"]]
    (->> arr
         (filter #(<= 1 % 9))
         (sort >)
         (mapv #(names (dec %))))))
