counts = test |> String.split() |> Enum.frequencies()
    most = counts |> Map.values() |> Enum.max(fn -> 0 end)
    Map.filter(counts, fn {_letter, count} -> count == most end)
  end
end
