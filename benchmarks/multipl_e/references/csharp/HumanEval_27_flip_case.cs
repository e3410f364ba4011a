        return string.Concat(str.Select(c => char.IsLower(c) ? char.ToUpper(c) : char.ToLower(c)));
