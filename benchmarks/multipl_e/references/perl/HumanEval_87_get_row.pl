    my @found;
    for my $row (0 .. $#$lst) {
        for my $column (reverse 0 .. $#{$lst->[$row]}) {
            push @found, [$row, $column] if $lst->[$row][$column] == $x;
        }
    }
    return \@found;
}
