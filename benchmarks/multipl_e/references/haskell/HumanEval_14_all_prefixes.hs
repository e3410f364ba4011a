 [take n string | n <- [1 .. length string]]
