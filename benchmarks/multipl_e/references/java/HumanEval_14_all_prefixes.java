        ArrayList<String> prefixes = new ArrayList<>();
        for (int end = 1; end <= string.length(); end++) {
            prefixes.add(string.substring(0, end));
        }
        return prefixes;
