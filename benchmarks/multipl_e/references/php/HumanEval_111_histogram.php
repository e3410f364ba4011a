    $counts = [];
    foreach (array_filter(explode(" ", $test)) as $letter) {
        $counts[$letter] = ($counts[$letter] ?? 0) + 1;
    }
    return $counts ? array_filter($counts, fn($count) => $count === max($counts)) : [];
}
