string
    |> String.graphemes()
    |> Enum.map_join(fn letter ->
      if letter == String.upcase(letter), do: String.downcase(letter), else: String.upcase(letter)
    end)
  end
end
