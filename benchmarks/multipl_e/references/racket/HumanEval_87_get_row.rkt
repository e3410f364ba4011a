  (for*/list ([(numbers row) (in-indexed lst)]
              [column (in-range (sub1 (length numbers)) -1 -1)]
              #:when (= (list-ref numbers column) x))
    (list row column)))
