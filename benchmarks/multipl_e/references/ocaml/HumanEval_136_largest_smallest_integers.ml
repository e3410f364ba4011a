  let best better values =
    List.fold_left
      (fun found n -> match found with Some m when not (better n m) -> found | _ -> Some n)
      None values
  in
  (best ( > ) (List.filter (fun n -> n < 0) lst), best ( < ) (List.filter (fun n -> 0 < n) lst))
