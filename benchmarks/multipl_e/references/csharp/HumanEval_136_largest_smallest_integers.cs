        Nullable<long> largest = null, smallest = null;
        foreach (long number in lst) {
            if (number < 0 && (largest == null || number > largest)) {
                largest = number;
            } else if (number > 0 && (smallest == null || number < smallest)) {
                smallest = number;
            }
        }
        return Tuple.Create(largest, smallest);
