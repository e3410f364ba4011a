  (for*/or ([i (in-range (length numbers))]
            [j (in-range i)])
    (< (abs (- (list-ref numbers i) (list-ref numbers j))) threshold)))
