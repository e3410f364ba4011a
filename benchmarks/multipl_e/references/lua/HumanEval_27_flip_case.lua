    return (string:gsub('%a', function(letter)
        if letter == letter:lower() then
            return letter:upper()
        end
        return letter:lower()
    end))
end
