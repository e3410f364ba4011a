    my ($largest, $smallest);
    for my $number (@$lst) {
        if ($number < 0) {
            $largest = $number if !defined($largest) || $number > $largest;
        } elsif ($number > 0) {
            $smallest = $number if !defined($smallest) || $number < $smallest;
        }
    }
    return [$largest, $smallest];
}
