    local sum, product = 0, 1
    for _, number in ipairs(numbers) do
        sum = sum + number
        product = product * number
    end
    return {sum, product}
end
