  (define counts
    (for/fold ([counts (hash)]) ([letter (string-split test)])
      (hash-update counts letter add1 0)))
  (define most (apply max 0 (hash-values counts)))
  (for/hash ([(letter count) counts] #:when (= count most))
    (values letter count)))
