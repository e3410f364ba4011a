  (for/list ([end (in-range 1 (add1 (string-length string)))])
    (substring string 0 end)))
