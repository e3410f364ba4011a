  (for/sum ([well grid])
    (quotient (+ (apply + well) capacity -1) capacity)))
