  const negative = lst.filter((n) => n < 0);
  const positive = lst.filter((n) => n > 0);
  return [
    negative.length ? Math.max(...negative) : undefined,
    positive.length ? Math.min(...positive) : undefined,
  ];
}
