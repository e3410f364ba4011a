    my $kept = join '', grep { index($c, $_) < 0 } split //, $s;
    return [$kept, $kept eq reverse($kept) ? 1 : ""];
}
