        strings.reduceOption((a, b) => if (b.length > a.length) b else a)
