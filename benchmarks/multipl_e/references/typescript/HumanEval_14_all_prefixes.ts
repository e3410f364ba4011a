  const prefixes: string[] = [];
  for (let end = 1; end <= string.length; end++) {
    prefixes.push(string.slice(0, end));
  }
  return prefixes;
}
