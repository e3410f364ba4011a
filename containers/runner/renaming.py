"""Renames global variables in compiled code, without compiling it again."""

import re
from opcode import opmap
from types import CodeType

GLOBALS = {
    opmap[name]: 1 if name == "LOAD_GLOBAL" else 0
    for name in (
        "LOAD_NAME", "STORE_NAME", "DELETE_NAME", "LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL",
        "LOAD_FROM_DICT_OR_GLOBALS",
    )
    if name in opmap
}  # fmt: skip
"""Instructions on global names -> bits of their argument below the name's index."""
MOST_NAMES = 127
"""More do not fit the one byte that an instruction has for its argument."""


def names(code: CodeType) -> set[str]:
    """Return the names of globals, attributes and imports in the code and in what it nests."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= names(constant)
    return found


def rename(code: CodeType, text: str, renames: dict[str, str]) -> CodeType:
    """Return the code with other names for some of its globals.

    Args:
        code: what is compiled.
        text: what it was compiled from.
        renames: new name by old name.
    """
    old = "|".join(map(re.escape, renames))
    if re.search(rf"(?:\.\s*|import\b.*\b)(?:{old})\b", text):  # one is an attribute's or an import's too
        return _rename(code, renames, _redirected)
    return _rename(code, renames, _replaced)


def _rename(code: CodeType, renames: dict[str, str], change) -> CodeType:
    constants = tuple(
        _rename(constant, renames, change) if isinstance(constant, CodeType) else constant
        for constant in code.co_consts
    )
    return change(code, renames).replace(co_consts=constants)


def _replaced(code: CodeType, renames: dict[str, str]) -> CodeType:
    return code.replace(co_names=tuple(renames.get(name, name) for name in code.co_names))


def _redirected(code: CodeType, renames: dict[str, str]) -> CodeType:
    """Give the new names places of their own, and lead only the instructions on globals there."""
    places = {code.co_names.index(old): new for old, new in renames.items() if old in code.co_names}
    if not places:
        return code
    if len(code.co_names) + len(places) > MOST_NAMES:
        return _replaced(code, renames)
    moved = {place: len(code.co_names) + offset for offset, place in enumerate(places)}
    units = bytearray(code.co_code)
    for at in range(0, len(units), 2):
        shift = GLOBALS.get(units[at])
        if shift is not None and (place := units[at + 1] >> shift) in moved:
            units[at + 1] = moved[place] << shift | units[at + 1] & (1 << shift) - 1
    return code.replace(co_code=bytes(units), co_names=(*code.co_names, *places.values()))
