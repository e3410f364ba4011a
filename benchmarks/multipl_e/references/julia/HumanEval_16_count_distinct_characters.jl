    return length(Set(lowercase(string)))
end
