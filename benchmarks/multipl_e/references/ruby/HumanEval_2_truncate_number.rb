  number - number.floor
end
