    local times = 0
    for _, well in ipairs(grid) do
        local water = 0
        for _, unit in ipairs(well) do
            water = water + unit
        end
        times = times + (water + capacity - 1) // capacity
    end
    return times
end
