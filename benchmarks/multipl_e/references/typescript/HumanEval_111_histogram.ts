  const counts: {[key: string]: number} = {};
  let most = 0;
  for (const letter of test.split(' ')) {
    if (letter !== '') {
      counts[letter] = (counts[letter] || 0) + 1;
      most = Math.max(most, counts[letter]);
    }
  }
  const result: {[key: string]: number} = {};
  for (const letter of Object.keys(counts)) {
    if (counts[letter] === most) {
      result[letter] = most;
    }
  }
  return result;
}
