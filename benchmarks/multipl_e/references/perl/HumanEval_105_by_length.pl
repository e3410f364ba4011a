    my @names = ("", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine");
    return [map { $names[$_] } sort { $b <=> $a } grep { $_ >= 1 && $_ <= 9 } @$arr];
}
