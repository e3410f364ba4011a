"""Which function a prompt asks for, in any language, by the line that begins it."""

from __future__ import annotations

import re
from typing import Final

_NAMED: Final = re.compile(
    r"""
    ^\ *\(define\ \((?P<scheme>[^\s()]+)            # Racket
    | ^\ *\(defn-?\ (?P<clojure>[^\s()\[\]]+)       # Clojure
    | ^(?P<r>[\w.]+)\ *<-\ *function\b              # R
    | ^(?:const|let|var)\ (?P<js>\w+)\ *=\ *(?:async\ )?(?:function\b|\()   # JavaScript
    | ^sub\ (?P<perl>\w+)                           # Perl
    | ^def\ (?P<python>\w+[?!]?)\(                 # Python and Ruby
    | ^\ *defp?\ (?P<elixir>\w+[?!]?)\b.*\bdo$      # Elixir
    | ^let\ (?:rec\ )?(?P<ml>\w+)\ [^=]             # OCaml and F#
    | ^(?P<haskell>[a-z_][\w']*)\ *::\s             # Haskell
    """,
    re.MULTILINE | re.VERBOSE,
)
"""Definitions that a name and a parenthesis alone do not give away."""

_CALLED: Final = re.compile(r"(?P<name>[^\W\d]\w*)\s*(?:<[^<>()]*>\s*)?\(")
_COMMENT: Final = re.compile(r"\s*(?://|#(?!\[)|--|;|/?\*|\(\*|\{-|%)")


def heading(prompt: str) -> tuple[str, int]:
    """Return the name of the function that a prompt begins, and where the line that names it starts.

    The name is empty where no line looks like the beginning of a function.
    """
    named = list(_NAMED.finditer(prompt))
    if named:
        last = named[-1]
        return next(name for name in last.groups() if name), last.start()
    end = len(prompt)
    for line in reversed(prompt.splitlines(keepends=True)):
        end -= len(line)
        found = None if _COMMENT.match(line) else _CALLED.search(line)
        if found:
            return found["name"], end
    return "", len(prompt)


def entry_point(prompt: str) -> str:
    """Return the name of the function that a prompt begins, or nothing."""
    return heading(prompt)[0]


def body(code: str, name: str) -> int:
    """Return where the line that begins a function ends; 0 where the code does not define it."""
    start = definition(code, name)
    return 0 if start < 0 else max(0, code.find("\n", start))


_KEYWORD: Final = re.compile(
    r"(?:^|[\s(])(?:function|func|fn|fun|def|defp|defn-?|define|sub|procedure|(?:let|const|var|val)(?:\s+rec)?)\s+\(?$"
)
"""What stands right before the name of a function that is defined."""
_TYPE: Final = re.compile(r"\s*[\w(\[][^=;{}\"'`]*[\s&*>\])]")
"""the code before the name where a type does in place of a keyword."""
_NO_TYPE: Final = re.compile(r"\s*(?:return|else|throw|new|await|echo|print|puts|raise|yield|if|while|for)\b")
_LONGEST_LINE: Final = 2000
"""A line beyond this defines nothing: a hostile answer's could take long."""


def definition(code: str, name: str) -> int:
    """Return where the last line starts that defines a function of this name in some language, or -1."""
    pattern = re.compile(rf"(?<![\w.]){re.escape(name)}(?![\w?!'])")
    place = -1
    start = 0
    for line in code.splitlines(keepends=True):
        if name in line and len(line) <= _LONGEST_LINE and not _COMMENT.match(line):
            found = pattern.search(line)
            if found and _defines(line[: found.start()], line[found.end() :].rstrip()):
                place = start
        start += len(line)
    return place


def keyword(before: str) -> bool:
    """Whether a line's part before a function's name ends in a keyword that defines functions."""
    return bool(_KEYWORD.search(before))


def _defines(before: str, after: str) -> bool:
    """Whether a line defines the name that stands between these."""
    if keyword(before):
        return True
    if not before.strip():
        return bool(re.match(r"\s*(?:(?:<-|=)\s*function\b|::\s|\(\)\s*\{)", after))
    if not re.match(r"\s*(?:<[^<>()]*>\s*)?\(", after) or after.endswith(";"):
        return False
    balanced = before.count("(") == before.count(")")
    return balanced and bool(_TYPE.fullmatch(before)) and not _NO_TYPE.match(before)
