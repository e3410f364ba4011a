    return $number - int($number);
}
