"""Prints the values of Bash literals as JSON: each is a string that its type takes apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, TupleOf, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = r"""
export LC_ALL=C.UTF-8
show_str() {
    local i code
    out+='"'
    for ((i = 0; i < ${#1}; i++)); do
        printf -v code '%d' "'${1:i:1}"
        if ((code < 65536)); then
            printf -v code '\\u%04x' $code
        else
            printf -v code '\\u%04x\\u%04x' $((55296 + (code - 65536) / 1024)) $((56320 + code % 1024))
        fi
        out+=$code
    done
    out+='"'
}
# puts into $parts the texts between separators; the last one gets the rest
split() {
    local rest=$1
    parts=()
    while ((${#parts[@]} + 1 != ${3:-0})) && [[ $rest == *"$2"* ]]; do
        parts+=("${rest%%"$2"*}")
        rest=${rest#*"$2"}
    done
    parts+=("$rest")
}
"""
_LINE = r"'\n'"
_COMPOUND = (ListOf, TupleOf, DictOf)


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    return _HEAD + "".join(
        f"value={source}\nout=''\n{_show(type_, 'value', 0)}\necho \"$out\"\n" for source, type_ in values
    )


def _show(type_: Type, name: str, depth: int) -> str:
    """Return statements that append a variable's value to ``$out``."""
    match type_:
        case Scalar.STR:
            return f'show_str "${name}"'
        case Scalar():
            return f"out+=${name}"
        case OptionalOf(item):
            return f"if [[ ${name} == None ]]; then out+=null; else\n{_show(item, name, depth)}\nfi"
        case ListOf(item):
            between = _LINE if isinstance(item, _COMPOUND) else "' '"
            return _each(name, depth, between, [_show(item, f"part{depth}", depth + 1)])
        case TupleOf(items):
            lines = len(items) > 1 and isinstance(items[0], _COMPOUND)
            return _fields(name, depth, _LINE if lines else "' '", items)
        case DictOf(key, value):
            pair = _fields(f"part{depth}", depth + 1, "','", (key, value))
            return _each(name, depth, _LINE, [pair])
        case _:
            raise NotImplementedError(named(type_))


def _each(name: str, depth: int, between: str, show: Sequence[str]) -> str:
    loop = f'for part{depth} in "${{parts[@]}}"; do\nout+=$comma{depth}\n{show[0]}\ncomma{depth}=,\ndone'
    take = f"split \"${name}\" {between}\ncomma{depth}=''"
    return f"out+='['\nif [[ -n ${name} ]]; then\n{take}\n{loop}\nfi\nout+=']'"


def _fields(name: str, depth: int, between: str, items: Sequence[Type]) -> str:
    take = f'split "${name}" {between} {len(items)}\nfields{depth}=("${{parts[@]}}")\nout+=\'[\'\n'
    shown = [
        f"part{depth}=${{fields{depth}[{i}]}}\n{_show(item, f'part{depth}', depth + 1)}\n"
        for i, item in enumerate(items)
    ]
    return take + "out+=','\n".join(shown) + "out+=']'"
