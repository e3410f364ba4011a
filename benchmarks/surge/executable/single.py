"""ML and CL: one file in one of eight languages, compiled and run as the language usually is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.surge.executable.asked import Asked, CannotRun, Shape, compiling, make, running

if TYPE_CHECKING:
    from codeeval.benchmarks.surge.rows import Row

_CLASS: Final = re.compile(r"\bclass\s+(\w+)")
_PUBLIC_CLASS: Final = re.compile(r"\bpublic\s+(?:final\s+|abstract\s+)?class\s+(\w+)")
_MAIN: Final = re.compile(r"\bstatic\s+void\s+main\s*\(")


class Toolchain(msgspec.Struct, frozen=True, kw_only=True):
    """How programs of a language are run; ``{name}`` is the program's name without its ending."""

    image: str
    ending: str
    compile: tuple[str, ...] = ()
    run: tuple[str, ...]


TOOLCHAINS: Final = {
    "C": Toolchain(
        image="gcc", ending="c", compile=("gcc", "-o", "{name}", "{name}.c", "-lm"), run=("./{name}",)
    ),
    "CPP": Toolchain(
        image="gcc",
        ending="cpp",
        compile=("g++", "-std=c++17", "-o", "{name}", "{name}.cpp"),
        run=("./{name}",),
    ),
    "C#": Toolchain(
        image="csharp",
        ending="cs",
        compile=("mcs", "-r:System.Numerics.dll", "-out:{name}.exe", "{name}.cs"),
        run=("mono", "{name}.exe"),
    ),
    "Java": Toolchain(
        image="jvm",
        ending="java",
        compile=("javac", "-encoding", "UTF8", "-d", ".", "{name}.java"),
        run=("java", "-cp", ".", "{name}"),
    ),
    "JavaScript": Toolchain(image="node", ending="js", run=("node", "{name}.js")),
    "Julia": Toolchain(image="julia", ending="jl", run=("julia", "{name}.jl")),
    "Python": Toolchain(image="python", ending="py", run=("python3", "{name}.py")),
    "Rust": Toolchain(
        image="rust", ending="rs", compile=("rustc", "-o", "{name}", "{name}.rs"), run=("./{name}",)
    ),
}
"""By the language's name in the rows."""


def asked_single(row: Row) -> Asked | CannotRun:
    """Make the program of a row whose question is one file."""
    tools = TOOLCHAINS.get(row.features.language)
    if tools is None:
        return CannotRun(reason=f"no toolchain for {row.features.language}")
    name = java_class(row.question) if tools.ending == "java" else "main"
    steps = [running(*(word.format(name=name) for word in tools.run))]
    if tools.compile:
        steps.insert(0, compiling(*(word.format(name=name) for word in tools.compile)))
    return make(
        row,
        image=tools.image,
        files={f"{name}.{tools.ending}": row.question},
        steps=tuple(steps),
        shape=Shape.OUTPUT,
    )


def java_class(source: str) -> str:
    """Name the class that a Java program is started with, which is also what its file must be called.

    The public class, else the last one that begins before ``main`` does.
    """
    if public := _PUBLIC_CLASS.search(source):
        return public.group(1)
    main = _MAIN.search(source)
    before = _CLASS.findall(source, 0, main.start()) if main else []
    return before[-1] if before else "Main"
