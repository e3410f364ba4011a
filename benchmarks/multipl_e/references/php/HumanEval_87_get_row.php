    $found = [];
    foreach ($lst as $row => $numbers) {
        for ($column = count($numbers) - 1; $column >= 0; $column--) {
            if ($numbers[$column] === $x) {
                $found[] = [$row, $column];
            }
        }
    }
    return $found;
}
