    return sum(cld(sum(well), capacity) for well in grid)
end
