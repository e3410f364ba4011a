"""Prints the values of Perl literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo.shown import printer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = r"""
use strict;
my $show_int = sub { sprintf("%s", $_[0]) };
my $show_float = sub { my $text = sprintf("%.17g", $_[0]); $text =~ /[.e]/ ? $text : "$text.0" };
my $show_bool = sub { $_[0] ? "true" : "false" };
my $show_str = sub { '"' . join('', map { unit(ord) } split(//, $_[0])) . '"' };
sub unit {
    my $code = $_[0];
    return sprintf("\\u%04x", $code) if $code < 0x10000;
    $code -= 0x10000;
    return sprintf("\\u%04x\\u%04x", 0xd800 + ($code >> 10), 0xdc00 + ($code & 0x3ff));
}
sub joined { '[' . join(',', @_) . ']' }
sub show_list { my ($item) = @_; sub { joined(map { $item->($_) } @{$_[0]}) } }
sub show_tuple {
    my @items = @_;
    sub { my ($value) = @_; joined(map { $items[$_]->($value->[$_]) } 0 .. $#items) }
}
sub show_optional { my ($item) = @_; sub { defined($_[0]) ? $item->($_[0]) : 'null' } }
sub show_dict {
    my ($key, $item) = @_;
    my $plain = $key == $show_int || $key == $show_bool || $key == $show_str;
    sub {
        my ($value) = @_;
        joined(map { joined($key->($plain ? $_ : [split(/$;/, $_)]), $item->($value->{$_})) } keys %$value);
    }
}
"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    return _HEAD + "".join(f'print {printer(type_, "$")}->({source}), "\\n";\n' for source, type_ in values)
