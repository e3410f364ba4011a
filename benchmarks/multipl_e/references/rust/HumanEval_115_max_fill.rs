    grid.iter().map(|well| (well.iter().sum::<isize>() + capacity - 1) / capacity).sum()
