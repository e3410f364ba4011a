  let rec close = function
    | [] -> false
    | a :: rest -> List.exists (fun b -> abs_float (a -. b) < threshold) rest || close rest
  in
  close numbers
