    my @factors;
    my $divisor = 2;
    while ($n > 1) {
        if ($n % $divisor == 0) {
            push @factors, $divisor;
            $n /= $divisor;
        } else {
            $divisor++;
        }
    }
    return \@factors;
}
