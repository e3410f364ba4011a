    return map(c -> c >= 'a' ? uppercase(c) : lowercase(c), string)
end
