    local names = {'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'}
    local digits = {}
    for _, number in ipairs(arr) do
        if number >= 1 and number <= 9 then
            digits[#digits + 1] = number
        end
    end
    table.sort(digits, function(a, b) return a > b end)
    for i, digit in ipairs(digits) do
        digits[i] = names[digit]
    end
    return digits
end
