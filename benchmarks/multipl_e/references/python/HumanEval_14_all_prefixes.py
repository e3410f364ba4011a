    return [string[:end] for end in range(1, len(string) + 1)]
