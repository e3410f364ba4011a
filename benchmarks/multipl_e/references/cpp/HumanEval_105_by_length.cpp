    const std::vector<std::string> names = {"One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"};
    std::sort(arr.begin(), arr.end(), std::greater<long>());
    std::vector<std::string> words;
    for (long n : arr)
        if (n >= 1 && n <= 9) words.push_back(names[n - 1]);
    return words;
