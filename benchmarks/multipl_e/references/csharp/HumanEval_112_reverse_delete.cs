        string kept = string.Concat(s.Where(letter => !c.Contains(letter)));
        return Tuple.Create(kept, kept.SequenceEqual(kept.Reverse()));
