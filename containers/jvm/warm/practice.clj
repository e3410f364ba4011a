(require '[clojure.test :refer [deftest is run-test]])
(require '[clojure.string :as string] '[clojure.set :as set])
(defn tally [words least]
  (->> words (filter #(>= (count %) least)) (map string/lower-case) frequencies (sort-by key) (into {})))
(deftest test-practice
  (is (= (tally ["a" "b" "a"] 1) {"a" 2 "b" 1}))
  (is (= (set/union #{1} #{2}) #{1 2}))
  (is (= (tally [] 1) {})))
(run-test test-practice)
