  (let loop ([n n] [divisor 2])
    (cond
      [(= n 1) '()]
      [(zero? (remainder n divisor)) (cons divisor (loop (quotient n divisor) divisor))]
      [else (loop n (add1 divisor))])))
