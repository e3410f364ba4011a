    $negative = array_filter($lst, fn($number) => $number < 0);
    $positive = array_filter($lst, fn($number) => $number > 0);
    return [$negative ? max($negative) : null, $positive ? min($positive) : null];
}
