    long times = 0;
    for (size_t row = 0; row < grid.count; row++) {
        long water = 0;
        for (size_t column = 0; column < grid.items[row].count; column++) water += grid.items[row].items[column];
        times += (water + capacity - 1) / capacity;
    }
    return times;
