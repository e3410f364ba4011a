    $names = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
    $digits = array_filter($arr, fn($number) => $number >= 1 && $number <= 9);
    rsort($digits);
    return array_map(fn($digit) => $names[$digit - 1], $digits);
}
