    for (char& c : string) c = std::islower(c) ? std::toupper(c) : std::tolower(c);
    return string;
