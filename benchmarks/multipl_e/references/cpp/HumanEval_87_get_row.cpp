    std::vector<std::tuple<long, long>> found;
    for (long row = 0; row < (long)lst.size(); row++)
        for (long column = (long)lst[row].size() - 1; column >= 0; column--)
            if (lst[row][column] == x) found.push_back(std::make_tuple(row, column));
    return found;
