    counts = Dict{String, Int64}()
    for letter in split(test)
        counts[letter] = get(counts, letter, 0) + 1
    end
    return filter(pair -> pair.second == maximum(values(counts)), counts)
end
