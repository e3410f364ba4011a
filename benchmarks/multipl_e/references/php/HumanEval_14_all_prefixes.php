    $prefixes = [];
    for ($i = 1; $i <= strlen($string); $i++) {
        $prefixes[] = substr($string, 0, $i);
    }
    return $prefixes;
}
