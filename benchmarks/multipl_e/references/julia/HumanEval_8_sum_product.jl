    return (sum(numbers), prod(numbers))
end
