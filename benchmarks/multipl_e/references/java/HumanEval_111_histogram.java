        HashMap<String,Long> counts = new HashMap<>();
        for (String letter : test.split(" ")) {
            if (!letter.isEmpty()) {
                counts.merge(letter, 1L, Long::sum);
            }
        }
        long most = counts.values().stream().mapToLong(Long::longValue).max().orElse(0);
        counts.values().removeIf(count -> count != most);
        return counts;
