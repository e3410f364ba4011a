        for (int i = 0; i < numbers.Count; i++) {
            for (int j = 0; j < i; j++) {
                if (Math.Abs(numbers[i] - numbers[j]) < threshold) {
                    return true;
                }
            }
        }
        return false;
