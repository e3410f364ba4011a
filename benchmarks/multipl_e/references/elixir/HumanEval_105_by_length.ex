names = ~w(One Two Three Four Five Six Seven Eight Nine)
    arr
    |> Enum.filter(&(&1 in 1..9))
    |> Enum.sort(:desc)
    |> Enum.map(&Enum.at(names, &1 - 1))
  end
end
