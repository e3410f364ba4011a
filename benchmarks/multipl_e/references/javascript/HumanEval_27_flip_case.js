  let flipped = '';
  for (const letter of string) {
    const lower = letter.toLowerCase();
    flipped += letter === lower ? letter.toUpperCase() : lower;
  }
  return flipped;
}
