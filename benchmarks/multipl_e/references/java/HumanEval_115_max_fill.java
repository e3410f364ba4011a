        long times = 0;
        for (ArrayList<Long> well : grid) {
            long water = 0;
            for (long unit : well) {
                water += unit;
            }
            times += (water + capacity - 1) / capacity;
        }
        return times;
