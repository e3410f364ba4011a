    $kept = "";
    foreach (str_split($s) as $letter) {
        if ($c === "" || strpos($c, $letter) === false) {
            $kept .= $letter;
        }
    }
    return [$kept, $kept === strrev($kept)];
}
