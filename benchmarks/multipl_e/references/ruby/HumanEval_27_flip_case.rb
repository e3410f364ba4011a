  string.swapcase
end
