  let names = [| "One"; "Two"; "Three"; "Four"; "Five"; "Six"; "Seven"; "Eight"; "Nine" |] in
  List.filter (fun n -> n >= 1 && n <= 9) arr
  |> List.sort (fun a b -> compare b a)
  |> List.map (fun n -> names.(n - 1))
