        return text == new string(text.Reverse().ToArray());
