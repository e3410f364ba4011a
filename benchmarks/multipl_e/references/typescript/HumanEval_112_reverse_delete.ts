  const kept = s.split('').filter((letter) => !c.includes(letter));
  const text = kept.join('');
  return [text, text === kept.reverse().join('')];
}
