        return string.Concat(text.Where(c => "aeiouAEIOU".IndexOf(c) < 0));
