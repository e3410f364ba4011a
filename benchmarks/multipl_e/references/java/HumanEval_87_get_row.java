        ArrayList<Pair<Long, Long>> found = new ArrayList<>();
        for (int i = 0; i < lst.size(); i++) {
            for (int j = lst.get(i).size() - 1; j >= 0; j--) {
                if (lst.get(i).get(j) == x) {
                    found.add(Pair.with((long) i, (long) j));
                }
            }
        }
        return found;
