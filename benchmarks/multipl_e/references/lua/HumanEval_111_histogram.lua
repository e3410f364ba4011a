    local counts, most = {}, 0
    for letter in test:gmatch('%S+') do
        counts[letter] = (counts[letter] or 0) + 1
        most = math.max(most, counts[letter])
    end
    local result = {}
    for letter, count in pairs(counts) do
        if count == most then
            result[letter] = count
        end
    end
    return result
end
