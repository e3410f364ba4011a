    local prefixes = {}
    for i = 1, #string do
        prefixes[i] = string:sub(1, i)
    end
    return prefixes
end
