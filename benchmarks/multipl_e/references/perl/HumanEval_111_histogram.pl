    my %count;
    $count{$_}++ for split ' ', $test;
    my $most = 0;
    for my $times (values %count) {
        $most = $times if $times > $most;
    }
    return {map { $_ => $most } grep { $count{$_} == $most } keys %count};
}
