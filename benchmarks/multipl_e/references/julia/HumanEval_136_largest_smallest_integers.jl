    negative = filter(number -> number < 0, lst)
    positive = filter(number -> number > 0, lst)
    return (isempty(negative) ? nothing : maximum(negative), isempty(positive) ? nothing : minimum(positive))
end
