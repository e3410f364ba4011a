Enum.sum(for well <- grid, do: div(Enum.sum(well) + capacity - 1, capacity))
  end
end
