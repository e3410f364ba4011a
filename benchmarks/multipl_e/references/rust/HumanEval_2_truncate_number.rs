    number - number.floor()
