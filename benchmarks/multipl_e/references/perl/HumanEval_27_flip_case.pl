    $string =~ tr/a-zA-Z/A-Za-z/;
    return $string;
}
