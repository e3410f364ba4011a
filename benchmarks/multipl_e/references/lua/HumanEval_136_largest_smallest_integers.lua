    local largest, smallest
    for _, number in ipairs(lst) do
        if number < 0 and (not largest or number > largest) then
            largest = number
        elseif number > 0 and (not smallest or number < smallest) then
            smallest = number
        end
    end
    return {largest, smallest}
end
