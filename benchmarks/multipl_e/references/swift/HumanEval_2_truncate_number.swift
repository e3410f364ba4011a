    return number - number.rounded(.down)
