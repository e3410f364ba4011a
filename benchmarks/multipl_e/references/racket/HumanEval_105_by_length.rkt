  (define names '("One" "Two" "Three" "Four" "Five" "Six" "Seven" "Eight" "Nine"))
  (map (lambda (digit) (list-ref names (sub1 digit)))
       (sort (filter (lambda (number) (<= 1 number 9)) arr) >)))
