  (let [kept (remove (set c) s)]
    [(apply str kept) (= kept (reverse kept))]))
