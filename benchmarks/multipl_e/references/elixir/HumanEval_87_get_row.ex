for {numbers, row} <- Enum.with_index(lst),
        {^x, column} <- Enum.reverse(Enum.with_index(numbers)) do
      {row, column}
    end
  end
end
