  let rec from p rest =
    if p > rest then []
    else if rest mod p = 0 then p :: from p (rest / p)
    else from (p + 1) rest
  in
  from 2 n
