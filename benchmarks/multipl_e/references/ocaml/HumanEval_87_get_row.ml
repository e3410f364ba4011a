  let row_of row values =
    List.mapi (fun column value -> (value, (row, column))) values
    |> List.filter (fun (value, _) -> value = x)
    |> List.map snd
    |> List.rev
  in
  List.concat (List.mapi row_of lst)
