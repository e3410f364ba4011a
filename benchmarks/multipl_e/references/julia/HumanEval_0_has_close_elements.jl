    for i in 1:length(numbers), j in 1:i-1
        if abs(numbers[i] - numbers[j]) < threshold
            return true
        end
    end
    return false
end
