    long times = 0;
    for (size_t row = 0; row < rows; row++) {
        long water = 0;
        for (size_t column = 0; column < columns; column++) water += grid[row * columns + column];
        times += (water + capacity - 1) / capacity;
    }
    return times;
