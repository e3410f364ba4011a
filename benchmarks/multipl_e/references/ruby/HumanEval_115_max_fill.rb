  grid.sum { |row| (row.sum + capacity - 1) / capacity }
end
