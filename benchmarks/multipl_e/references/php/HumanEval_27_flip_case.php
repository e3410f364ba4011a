    $flipped = "";
    foreach (str_split($string) as $letter) {
        $flipped .= ctype_lower($letter) ? strtoupper($letter) : strtolower($letter);
    }
    return $flipped;
}
