  const found = [];
  lst.forEach((row, i) => {
    for (let j = row.length - 1; j >= 0; j--) {
      if (row[j] === x) {
        found.push([i, j]);
      }
    }
  });
  return found;
}
