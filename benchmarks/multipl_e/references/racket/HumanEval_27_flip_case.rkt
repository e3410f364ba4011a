  (list->string
   (for/list ([letter string])
     (if (char<=? #\A letter #\Z) (char-downcase letter) (char-upcase letter)))))
