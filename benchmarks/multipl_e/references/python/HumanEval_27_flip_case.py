    return ''.join(c.upper() if c >= 'a' else c.lower() for c in string)
