    local kept = {}
    for letter in s:gmatch('.') do
        if not c:find(letter, 1, true) then
            kept[#kept + 1] = letter
        end
    end
    local result = table.concat(kept)
    return {result, result == result:reverse()}
end
