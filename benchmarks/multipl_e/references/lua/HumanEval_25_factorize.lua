    local factors = {}
    local divisor = 2
    while n > 1 do
        while n % divisor == 0 do
            factors[#factors + 1] = divisor
            n = n // divisor
        end
        divisor = divisor + 1
    end
    return factors
end
