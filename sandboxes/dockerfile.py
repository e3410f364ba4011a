"""Reads the part of a Dockerfile's language that images of sandboxes need, for builds without an engine.

``ARG``, ``FROM``, ``RUN``, ``COPY``, ``ENV``, ``WORKDIR``, ``ENTRYPOINT`` and ``LABEL``, as the classic
builder reads them. What is beyond them is an error that names the line: nothing is skipped in silence.

Source: docs.docker.com, "Dockerfile reference".
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import msgspec

from codeeval.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SHELL: Final = ("/bin/sh", "-c")
"""What a ``RUN`` in the shell's form is given to."""
OUTSIDE: Final = (
    "--rootless carries out plain ARG, FROM, RUN, COPY, ENV, WORKDIR and ENTRYPOINT. For more, build with an "
    "engine, and bring the image here: codeeval sandbox export, codeeval sandbox import."
)
_VARIABLE: Final = re.compile(r"\$(?:(\w+)|\{(\w+)(?:(:[-+])([^${}]*))?\})")
_HERE_DOCUMENT: Final = re.compile(r"<<-?\s*[\"']?[A-Za-z_]")
_ESCAPE: Final = re.compile(r"#\s*escape\s*=", re.IGNORECASE)


class Arg(NamedTuple):
    """``ARG NAME=default``."""

    name: str
    default: str | None


class Run(NamedTuple):
    """``RUN command``."""

    argv: tuple[str, ...]


class Copy(NamedTuple):
    """``COPY source... target``."""

    sources: tuple[str, ...]
    target: str
    stage: str
    """Where the sources lie: a stage's name, empty for the build's context."""


class Env(NamedTuple):
    """``ENV NAME=value...``."""

    values: tuple[tuple[str, str], ...]


class Workdir(NamedTuple):
    """``WORKDIR path``."""

    path: str


class Entrypoint(NamedTuple):
    """``ENTRYPOINT ["program", "argument"...]``."""

    argv: tuple[str, ...]


Instruction: TypeAlias = Arg | Run | Copy | Env | Workdir | Entrypoint


class Place(NamedTuple):
    """A line of a Dockerfile, for messages."""

    file: str
    line: int

    def error(self, message: str) -> SandboxError:
        """Make the error that names this line."""
        return SandboxError(f"{self.file}:{self.line}: {message}", OUTSIDE)


class Stage(NamedTuple):
    """``FROM base AS name``, and what follows it. Variables are not expanded yet."""

    place: Place
    base: str
    name: str
    steps: list[tuple[Place, Instruction]]


class Dockerfile(NamedTuple):
    """The stages of a build; the last one is the image."""

    arguments: tuple[Arg, ...]
    """Those before the first stage."""
    stages: tuple[Stage, ...]


def parse(text: str, file: str) -> Dockerfile:
    """Read a Dockerfile.

    Args:
        text: its content.
        file: its name, for messages.

    Raises:
        SandboxError: it is malformed, or has what a build without an engine does not do; the line is named.
    """
    arguments: list[Arg] = []
    stages: list[Stage] = []
    for place, keyword, rest in _instructions(text, file):
        if keyword == "LABEL":
            continue
        if keyword == "FROM":
            stages.append(_stage(place, rest))
            continue
        step = _step(place, keyword, rest)
        if stages:
            stages[-1].steps.append((place, step))
        elif isinstance(step, Arg):
            arguments.append(step)
        else:
            raise place.error(f"{keyword} stands before the first FROM")
    if not stages:
        raise Place(file, 1).error("there is no FROM")
    return Dockerfile(tuple(arguments), tuple(stages))


def expand(text: str, variables: Mapping[str, str], place: Place) -> str:
    """Put the values of variables into a text: ``$NAME``, and ``${NAME}`` with ``:-default`` or ``:+other``.

    Raises:
        SandboxError: a dollar sign begins none of these.
    """
    if "$" in _VARIABLE.sub("", text):
        raise place.error(f"{text!r} has more than plain variables")

    def value(found: re.Match[str]) -> str:
        known = variables.get(found[1] or found[2], "")
        if found[3] == ":-":
            return known or found[4]
        if found[3] == ":+":
            return found[4] if known else ""
        return known

    return _VARIABLE.sub(value, text)


def _instructions(text: str, file: str) -> Iterator[tuple[Place, str, str]]:
    """Join continued lines, without the comments between them; yield keyword and rest."""
    joined, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("#") or not stripped:
            if _ESCAPE.match(stripped):
                raise Place(file, number).error("another escape character")
            continue
        start = start if joined else number
        joined += line.rstrip()
        if joined.endswith("\\"):
            joined = joined[:-1]
            continue
        yield _split(Place(file, start), joined)
        joined = ""
    if joined.strip():
        yield _split(Place(file, start), joined)


def _split(place: Place, joined: str) -> tuple[Place, str, str]:
    keyword, _, rest = joined.strip().partition(" ")
    return place, keyword.upper(), rest.strip()


def _stage(place: Place, rest: str) -> Stage:
    base, *named = rest.split() or [""]
    as_name = len(named) == 2 and named[0].upper() == "AS"
    if not base or base.startswith("--") or (named and not as_name):
        raise place.error(f"FROM {rest} is not FROM IMAGE or FROM IMAGE AS NAME")
    return Stage(place, base, named[1].lower() if named else "", [])


def _step(place: Place, keyword: str, rest: str) -> Instruction:
    if not rest:
        raise place.error(f"{keyword} has no arguments")
    match keyword:
        case "ARG":
            name, equals, default = _words(place, rest)[0].partition("=")
            if len(_words(place, rest)) > 1:
                raise place.error("ARG declares more than one argument")
            return Arg(name, default if equals else None)
        case "RUN":
            return _run(place, rest)
        case "COPY":
            return _copy(place, rest)
        case "ENV":
            return _env(place, rest)
        case "WORKDIR":
            return Workdir(rest)
        case "ENTRYPOINT":
            argv = _json(rest)
            if not argv:
                raise place.error("ENTRYPOINT is no list of strings")
            return Entrypoint(argv)
        case _:
            raise place.error(f"{keyword} cannot be done without an engine")


def _run(place: Place, rest: str) -> Run:
    if rest.startswith("--"):
        raise place.error(f"RUN with the flag {rest.split(maxsplit=1)[0]}")
    if _HERE_DOCUMENT.search(rest):
        raise place.error("RUN with a here-document")
    return Run(_json(rest) or (*SHELL, rest))


def _copy(place: Place, rest: str) -> Copy:
    words = list(_json(rest) or _words(place, rest))
    stage = ""
    while words and words[0].startswith("--"):
        flag, _, stage = words.pop(0).partition("=")
        if flag != "--from":
            raise place.error(f"COPY with the flag {flag}")
    if len(words) < 2:
        raise place.error("COPY needs a source and a target")
    if any(word.startswith("<<") for word in words):
        raise place.error("COPY with a here-document")
    if len(words) > 2 and not words[-1].endswith("/"):
        raise place.error(f"COPY of several sources needs a target that ends with a slash, not {words[-1]}")
    return Copy(tuple(words[:-1]), words[-1], stage.lower())


def _env(place: Place, rest: str) -> Env:
    name, _, value = rest.partition(" ")
    if "=" not in name:  # the old form: ENV NAME value
        return Env(((name, value.strip()),))
    pairs = [word.partition("=") for word in _words(place, rest)]
    if any(not equals for _, equals, _ in pairs):
        raise place.error(f"ENV {rest} is not NAME=VALUE")
    return Env(tuple((name, value) for name, _, value in pairs))


def _words(place: Place, text: str) -> list[str]:
    """Split at spaces, and remove quotes."""
    if re.search(r"'[^']*\$|\\\$", text):
        raise place.error(f"{text!r} has a dollar sign that is quoted")
    try:
        return shlex.split(text)
    except ValueError as error:
        raise place.error(f"{text!r}: {error}") from error


def _json(text: str) -> tuple[str, ...]:
    """Read a list of strings; anything else is none, and the shell's form."""
    try:
        return msgspec.json.decode(text, type=tuple[str, ...])
    except msgspec.DecodeError:
        return ()
