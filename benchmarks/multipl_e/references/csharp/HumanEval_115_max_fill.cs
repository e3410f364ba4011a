        return grid.Sum(well => (well.Sum() + capacity - 1) / capacity);
