    return [map { substr($string, 0, $_) } 1 .. length($string)];
}
