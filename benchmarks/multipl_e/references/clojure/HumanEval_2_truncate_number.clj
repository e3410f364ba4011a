  (- number (Math/floor number)))
