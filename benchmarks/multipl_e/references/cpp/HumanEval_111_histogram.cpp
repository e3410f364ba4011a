    std::map<std::string, long> counts, result;
    std::istringstream letters(test);
    std::string letter;
    long most = 0;
    while (letters >> letter) most = std::max(most, ++counts[letter]);
    for (const auto& pair : counts)
        if (pair.second == most) result.insert(pair);
    return result;
