    for my $i (0 .. $#$numbers) {
        for my $j ($i + 1 .. $#$numbers) {
            return 1 if abs($numbers->[$i] - $numbers->[$j]) < $threshold;
        }
    }
    return "";
}
