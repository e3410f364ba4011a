    my $times = 0;
    for my $row (@$grid) {
        my $units = 0;
        $units += $_ for @$row;
        $times += int(($units + $capacity - 1) / $capacity);
    }
    return $times;
}
