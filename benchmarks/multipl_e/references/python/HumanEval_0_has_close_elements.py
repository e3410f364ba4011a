    for i, a in enumerate(numbers):
        for b in numbers[:i]:
            if abs(a - b) < threshold:
                return True
    return False
