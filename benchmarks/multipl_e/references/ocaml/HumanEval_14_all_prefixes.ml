  List.init (String.length string) (fun i -> String.sub string 0 (i + 1))
