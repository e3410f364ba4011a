        StringBuilder kept = new StringBuilder();
        for (char letter : s.toCharArray()) {
            if (c.indexOf(letter) < 0) {
                kept.append(letter);
            }
        }
        String text = kept.toString();
        return Pair.with(text, text.equals(kept.reverse().toString()));
