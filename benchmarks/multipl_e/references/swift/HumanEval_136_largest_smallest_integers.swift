    return (lst.filter { n in n < 0 }.max(), lst.filter { n in n > 0 }.min())
