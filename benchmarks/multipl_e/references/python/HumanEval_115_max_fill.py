    return sum((sum(well) + capacity - 1) // capacity for well in grid)
