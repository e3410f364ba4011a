    my ($sum, $product) = (0, 1);
    for my $number (@$numbers) {
        $sum += $number;
        $product *= $number;
    }
    return [$sum, $product];
}
