"""Prints the values of C literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.targets.c import C
from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, TupleOf, parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

IDENTITY = "    return value;"
_HEAD = """\
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

static void show_long(long value) { printf("%ld", value); }
static void show_double(double value) { printf("%.17e", value); }
static void show_bool(bool value) { printf(value ? "true" : "false"); }
static void show_string(const char *value) {
    const unsigned char *at = (const unsigned char *)value;
    putchar('"');
    while (*at) {
        int more = *at < 0x80 ? 0 : *at < 0xe0 ? 1 : *at < 0xf0 ? 2 : 3;
        long code = more ? *at & (0x3f >> more) : *at;
        for (at++; more; more--) code = code << 6 | (*at++ & 0x3f);
        if (code < 0x10000) printf("\\\\u%04lx", code);
        else printf("\\\\u%04lx\\\\u%04lx", 0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
    }
    putchar('"');
}
"""


def _shows(type_: Type) -> str:
    """Return the function that prints values of a type."""
    name = C().tag(type_)
    match type_:
        case ListOf(item):
            body = _loop(f"show_{C().tag(item)}(value.items[i]);")
        case DictOf(key, value):
            key_name, value_name = C().tag(key), C().tag(value)
            pair = (
                f"show_{key_name}(value.items[i].key); putchar(','); show_{value_name}(value.items[i].value);"
            )
            body = _loop(f"putchar('['); {pair} putchar(']');")
        case OptionalOf(item):
            body = f'    if (value.present) show_{C().tag(item)}(value.value); else printf("null");'
        case TupleOf(items):
            each = [f"show_{C().tag(item)}(value.item{at});" for at, item in enumerate(items)]
            separated = " putchar(','); ".join(each)
            body = f"    putchar('['); {separated} putchar(']');"
        case _:
            raise NotImplementedError(type_)
    return f"static void show_{name}({name} value) {{\n{body}\n}}\n"


def _loop(each: str) -> str:
    return (
        "    putchar('[');\n    for (size_t i = 0; i < value.count; i++) {\n"
        f"        if (i) putchar(',');\n        {each}\n    }}\n    putchar(']');"
    )


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    types = [type_ for _, type_ in values]
    needed = dict.fromkeys(part for type_ in types for part in reversed(parts(type_)))
    shows = "".join(_shows(each) for each in needed if not isinstance(each, Scalar))
    lines = "".join(f'    show_{C().tag(type_)}({source}); puts("");\n' for source, type_ in values)
    return f"{_HEAD}{C().definitions(types)}{shows}int main() {{\n{lines}}}\n"
