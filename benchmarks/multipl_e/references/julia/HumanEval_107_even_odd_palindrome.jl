    even = odd = 0
    for i in 1:n
        digits = string(i)
        if digits == reverse(digits)
            i % 2 == 0 ? (even += 1) : (odd += 1)
        end
    end
    return (even, odd)
end
