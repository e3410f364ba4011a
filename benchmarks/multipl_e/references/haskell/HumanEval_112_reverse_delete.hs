 (kept, kept == reverse kept)
  where kept = filter (`notElem` c) s
