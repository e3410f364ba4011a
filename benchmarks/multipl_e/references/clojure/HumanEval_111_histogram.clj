  (let [counts (frequencies (remove empty? (clojure.string/split test #" ")))
        most (apply max 0 (vals counts))]
    (into {} (filter (fn [[_ n]] (= n most)) counts))))
