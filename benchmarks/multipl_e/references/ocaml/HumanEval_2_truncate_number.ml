  number -. floor number
