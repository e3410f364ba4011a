    $factors = [];
    for ($divisor = 2; $n > 1; $divisor++) {
        while ($n % $divisor === 0) {
            $factors[] = $divisor;
            $n = intdiv($n, $divisor);
        }
    }
    return $factors;
}
