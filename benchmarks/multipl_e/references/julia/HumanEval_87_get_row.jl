    found = Tuple{Int64, Int64}[]
    for (row, numbers) in enumerate(lst)
        for column in length(numbers):-1:1
            if numbers[column] == x
                push!(found, (row - 1, column - 1))
            end
        end
    end
    return found
end
