    foreach ($numbers as $i => $a) {
        foreach ($numbers as $j => $b) {
            if ($i !== $j && abs($a - $b) < $threshold) {
                return true;
            }
        }
    }
    return false;
}
