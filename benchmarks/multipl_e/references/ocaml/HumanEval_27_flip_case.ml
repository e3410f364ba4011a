  String.map
    (fun c -> if c >= 'a' && c <= 'z' then Char.uppercase_ascii c else Char.lowercase_ascii c)
    string
