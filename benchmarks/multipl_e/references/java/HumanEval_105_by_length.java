        String[] names = {"One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"};
        return arr.stream()
            .filter(n -> n >= 1 && n <= 9)
            .sorted(Comparator.reverseOrder())
            .map(n -> names[(int) (n - 1)])
            .collect(Collectors.toCollection(ArrayList::new));
