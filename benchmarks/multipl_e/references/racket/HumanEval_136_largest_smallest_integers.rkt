  (define negative (filter negative? lst))
  (define positive (filter positive? lst))
  (list (and (pair? negative) (apply max negative))
        (and (pair? positive) (apply min positive))))
