function practice(words: string[], least: number): {[key: string]: number} {
  const counts: {[key: string]: number} = {};
  for (const word of words.filter((one) => one.length >= least)) {
    counts[word] = (counts[word] ?? 0) + 1;
  }
  const pairs: [string, number][] = Object.entries(counts).map(([key, value]) => [key, value * 2]);
  pairs.sort((a, b) => a[1] - b[1] || a[0].localeCompare(b[0]));
  return pairs.length > 0 ? counts : {};
}

declare var require: any;
const assert = require('node:assert');


function test() {
  let candidate = practice;
  assert.deepEqual(candidate(["a", "b", "a"], 1),{"a": 2, "b": 1});
}

test();
