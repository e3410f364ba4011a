"""The options that pragmas set: which a candidate may, and which a context leaves in force."""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.lexing.fstar import Kind, texts, tokens
from codeeval.provers.fstar.allowed import CONTEXT_OPTIONS, OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from codeeval.lexing.fstar import Token

PUSH: Final = "#push-options"
POP: Final = "#pop-options"
SET: Final = "#set-options"
RESET: Final = "#reset-options"
RESTART: Final = "#restart-solver"
_PART: Final = re.compile(r"'[^']*'|\S+")


class Option(NamedTuple):
    """An option as a pragma sets it."""

    name: str
    value: str


def refused(code: Sequence[Token]) -> str:
    """Name the first pragma of a candidate that it may not contain, or return an empty string."""
    return next(_refused(code), "")


def _refused(code: Sequence[Token]) -> Iterator[str]:
    depth = 0
    for pragma, text in _pragmas(code):
        match pragma:
            case "#push-options" | "#set-options" | "#reset-options":
                depth += pragma == PUSH
                if text is None:
                    if pragma != RESET:
                        yield f"pragma {pragma} without options"
                    continue
                for option in options(text):
                    form = OPTIONS.get(option.name)
                    if form is None:
                        yield f"pragma {pragma}: option --{option.name}"
                    elif not re.fullmatch(form, option.value):
                        yield f"pragma {pragma}: --{option.name} {option.value}"[:120]
            case "#pop-options":
                depth -= 1
                if depth < 0:
                    yield f"pragma {pragma} without its {PUSH}"
            case "#restart-solver":
                continue
            case _:
                yield f"pragma {pragma}"


def _pragmas(code: Sequence[Token]) -> Iterator[tuple[str, str | None]]:
    for token, following in itertools.zip_longest(code, code[1:]):
        if token.kind is Kind.PRAGMA:
            stated = following is not None and following.kind is Kind.STRING
            yield token.text, following.text[1:-1] if stated else None


def options(text: str) -> list[Option]:
    """Read the text of a pragma: ``--name value --flag``, a value with spaces in single quotes."""
    found: list[Option] = []
    for part in _PART.findall(text.replace("\\n", " ")):
        if part.startswith("--"):
            name, _, value = part[2:].partition("=")
            found.append(Option(name, value))
        elif found:
            last = found.pop()
            found.append(Option(last.name, f"{last.value} {part.strip(chr(39))}".strip()))
        else:
            found.append(Option(part, ""))
    return found


@functools.lru_cache(maxsize=64)
def reset(context: str, further: str) -> str:
    """Return the pragma that takes back what a context leaves in force and may not, or an empty string.

    Args:
        context: the file above a candidate.
        further: pragmas behind it.
    """
    left = _in_force(tokens(f"{context}\n{further}"))
    if all(option.name in CONTEXT_OPTIONS for option in left):
        return ""
    kept = (option for option in left if option.name in CONTEXT_OPTIONS)
    spelled = " ".join(_spelled(kept))
    return f'{RESET} "{spelled}"' if spelled else RESET


def _spelled(kept: Iterable[Option]) -> Iterator[str]:
    for option in kept:
        value = f"'{option.value}'" if " " in option.value else option.value
        yield f"--{option.name} {value}".strip()


def _in_force(code: Sequence[Token]) -> list[Option]:
    stack: list[list[Option]] = [[]]
    for pragma, text in _pragmas(code):
        stated = options(text or "")
        if pragma == PUSH:
            stack.append([*stack[-1], *stated])
        elif pragma == SET:
            stack[-1] = [*stack[-1], *stated]
        elif pragma == RESET:
            stack[-1] = stated
        elif pragma == POP and len(stack) > 1:
            stack.pop()
    return [option for option in stack[-1] if option != Option("admit_smt_queries", "false")]


def sets_options(context: str) -> bool:
    """Whether a file sets the solver's options itself: pushed as a whole, they are in force already."""
    return any("-options" in text for text in texts(_only_pragmas(context)))


def _only_pragmas(context: str) -> Iterator[Token]:
    return (token for token in tokens(context) if token.kind is Kind.PRAGMA)
