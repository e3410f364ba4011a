        grid.map(well => (well.sum + capacity - 1) / capacity).sum
