        ArrayList<Long> factors = new ArrayList<>();
        for (long divisor = 2; n > 1; divisor++) {
            while (n % divisor == 0) {
                factors.add(divisor);
                n /= divisor;
            }
        }
        return factors;
