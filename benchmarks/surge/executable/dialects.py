"""DR: one file of C++, with the compiler, standard and optimisation that the row names.

The row's command line is misspelt (``clang++ -std=c++C++11 O1``), and no compiler accepts it. What was
meant is in the row's key (``clang++-C++11--O1``): run as ``-std=c++11 -O1``, it gives the answers.

Source: SURGE, dataset/dr.json, ``custom_features.key``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval.benchmarks.surge.executable.asked import (
    Asked,
    CannotRun,
    Shape,
    as_then,
    compiling,
    make,
    running,
)

if TYPE_CHECKING:
    from codeeval.benchmarks.surge.rows import Row

_KEY: Final = re.compile(r"(g\+\+|clang\+\+|gcc|clang)-(C(?:\+\+)?\d\w)--(O\w+)")


def asked_dialect(row: Row) -> Asked | CannotRun:
    """Make the program of a row of DR."""
    found = _KEY.fullmatch(row.features.key)
    if found is None:
        return CannotRun(reason=f"the key {row.features.key} names no compiler, standard and optimisation")
    compiler, standard, optimisation = found.groups()
    build = as_then(compiler, f"-std={standard.lower()}", f"-{optimisation}", "test.cpp", "-o", "test")
    return make(
        row,
        image="surge",
        files={"test.cpp": row.question},
        steps=(compiling(*build), running(*as_then("./test"))),
        shape=Shape.SHELL,
    )
