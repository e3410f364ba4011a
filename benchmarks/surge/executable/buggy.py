"""BG: one file with bugs, below /app as in the row's prompt; the tools' complaints are part of the answer.

Source: SURGE, dataset/bg.json, ``sys_0shot``: ``python3 /app/test.py``, ``g++ -std=c++11 /app/test.cpp -o
/app/test`` then ``/app/test``, ``javac /app/{class_name}.java`` then ``java -cp /app {class_name}``.
"""

from __future__ import annotations

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
from codeeval.benchmarks.surge.executable.single import java_class

if TYPE_CHECKING:
    from codeeval.benchmarks.surge.rows import Row
    from codeeval.types import Step

FOLDER: Final = "/app"


def asked_buggy(row: Row) -> Asked | CannotRun:
    """Make the program of a row of BG."""
    steps: tuple[Step, ...]
    match row.features.language:
        case "cpp":
            name = "test.cpp"
            build = as_then("g++", "-std=c++11", f"{FOLDER}/{name}", "-o", f"{FOLDER}/test")
            steps = (compiling(*build), running(*as_then(f"{FOLDER}/test")))
        case "java":
            main = java_class(row.question)
            name = f"{main}.java"
            start = as_then("java", "-cp", FOLDER, main)
            steps = (compiling(*as_then("javac", f"{FOLDER}/{name}")), running(*start))
        case "python3":
            name = "test.py"
            steps = (running(*as_then("python3", f"{FOLDER}/{name}")),)
        case other:
            return CannotRun(reason=f"the prompt names no command for {other}")
    return make(row, image="surge", files={name: row.question}, steps=steps, shape=Shape.COMPILED)
