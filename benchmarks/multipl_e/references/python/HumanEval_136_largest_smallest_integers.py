    negative = [number for number in lst if number < 0]
    positive = [number for number in lst if number > 0]
    return max(negative, default=None), min(positive, default=None)
