import java.util.*;
import java.util.stream.*;
class Practice {
    record Pair(String key, long value) {}
    public static HashMap<String, Long> count(ArrayList<String> words, long least) {
        HashMap<String, Long> counts = new HashMap<>();
        for (String word : words) {
            if (word.length() >= least && !word.isEmpty()) {
                counts.merge(word.toLowerCase(), 1L, Long::sum);
            }
        }
        StringBuilder text = new StringBuilder();
        int[] places = new int[10];
        for (int i = 0; i < places.length; i++) {
            places[i] = i % 3 == 0 ? i * 2 : (int) Math.max(i, least);
            text.append(places[i]).append(", ");
        }
        List<Pair> pairs = counts.entrySet().stream().map(e -> new Pair(e.getKey(), e.getValue()))
            .filter(p -> p.value() > 0).sorted(Comparator.comparing(Pair::key)).collect(Collectors.toList());
        while (pairs.size() > 100) {
            pairs.remove(pairs.size() - 1);
        }
        switch (pairs.size()) {
            case 0: return new HashMap<>();
            default: return counts;
        }
    }
    public static void main(String[] args) {
        assert(count((new ArrayList<String>(Arrays.asList((String)"a", (String)"b", (String)"a"))), (1l)).equals((new HashMap<String,Long>(Map.of("a", 2l, "b", 1l)))));
        assert(count((new ArrayList<String>(Arrays.asList())), (1l)).equals((new HashMap<String,Long>())));
        System.out.println(String.format("%d %.2f %s", 1, 2.0f, Optional.of(3L).map(x -> x + 1)));
    }
}
