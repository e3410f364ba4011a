        StringBuilder flipped = new StringBuilder();
        for (char letter : string.toCharArray()) {
            flipped.append(Character.isLowerCase(letter) ? Character.toUpperCase(letter) : Character.toLowerCase(letter));
        }
        return flipped.toString();
