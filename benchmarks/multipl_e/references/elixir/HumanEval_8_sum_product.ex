{Enum.sum(numbers), Enum.reduce(numbers, 1, &(&1 * &2))}
  end
end
