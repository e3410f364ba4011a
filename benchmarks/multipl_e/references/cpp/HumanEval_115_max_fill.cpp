    long times = 0;
    for (const auto& well : grid) {
        long water = std::accumulate(well.begin(), well.end(), 0L);
        times += (water + capacity - 1) / capacity;
    }
    return times;
