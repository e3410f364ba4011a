    std::vector<std::string> prefixes;
    for (size_t n = 1; n <= string.size(); n++) prefixes.push_back(string.substr(0, n));
    return prefixes;
