        (1 to string.length).map(end => string.substring(0, end)).toList
