    size_t most = 0;
    for (size_t row = 0; row < rows; row++) most += columns[row];
    position *found = malloc((most + 1) * sizeof *found);
    *count = 0;
    for (size_t row = 0; row < rows; row++)
        for (size_t column = columns[row]; column-- > 0;)
            if (lst[row][column] == x) found[(*count)++] = (position){row, column};
    return found;
