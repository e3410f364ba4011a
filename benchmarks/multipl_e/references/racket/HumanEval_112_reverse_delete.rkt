  (define kept
    (filter (lambda (letter) (= 0 (count (curry eqv? letter) (string->list c))))
            (string->list s)))
  (list (list->string kept) (equal? kept (reverse kept))))
