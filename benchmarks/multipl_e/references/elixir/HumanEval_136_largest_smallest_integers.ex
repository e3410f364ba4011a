negative = Enum.filter(lst, &(&1 < 0))
    positive = Enum.filter(lst, &(&1 > 0))
    {Enum.max(negative, fn -> nil end), Enum.min(positive, fn -> nil end)}
  end
end
