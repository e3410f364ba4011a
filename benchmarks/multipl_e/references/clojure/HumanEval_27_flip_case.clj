  (let [flip (fn [letter]
               (if (= letter (Character/toLowerCase letter))
                 (Character/toUpperCase letter)
                 (Character/toLowerCase letter)))]
    (apply str (map flip string))))
