  let kept = String.concat "" (List.filter_map
    (fun letter -> if String.contains c letter then None else Some (String.make 1 letter))
    (List.of_seq (String.to_seq s)))
  in
  let n = String.length kept in
  (kept, List.for_all (fun i -> kept.[i] = kept.[n - 1 - i]) (List.init n Fun.id))
