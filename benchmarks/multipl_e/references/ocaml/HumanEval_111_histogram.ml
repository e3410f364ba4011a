  let letters = List.filter (fun letter -> letter <> "") (String.split_on_char ' ' test) in
  let count letter = List.length (List.filter (( = ) letter) letters) in
  let counts = List.map (fun letter -> (letter, count letter)) (List.sort_uniq compare letters) in
  let most = List.fold_left (fun best (_, n) -> max best n) 0 counts in
  List.filter (fun (_, n) -> n = most) counts
