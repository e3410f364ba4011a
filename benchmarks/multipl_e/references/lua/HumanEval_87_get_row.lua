    local found = {}
    for row, numbers in ipairs(lst) do
        for column = #numbers, 1, -1 do
            if numbers[column] == x then
                found[#found + 1] = {row - 1, column - 1}
            end
        end
    end
    return found
end
