    std::string kept;
    for (char letter : s)
        if (c.find(letter) == std::string::npos) kept += letter;
    return std::make_tuple(kept, kept == std::string(kept.rbegin(), kept.rend()));
