"""Cuts Lean 4 source into tokens, as Lean's own tokenizer does; comments and white space are dropped.

Where Lean and a naive reader differ, a cheat can hide: block comments nest, ``/--`` and ``/-!`` are
documents that end where comments do, a name may stand between ``«`` and ``»``, ``'"'`` is a character,
``r#"..."#`` a raw string, ``s!"{x}"`` holds code, and a number ends where its digits do: ``0b1elab`` is two
tokens.

Source: leanprover/lean4, src/Lean/Parser/Basic.lean (``whitespace``, ``tokenFn``, ``identFnAux``).
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Kind(enum.Enum):
    """What a token is."""

    NAME = enum.auto()
    """An identifier or a keyword, with its dots: ``Nat.succ``; quoted parts without their quotes."""
    HASH = enum.auto()
    """A command that begins with ``#``."""
    ATTRIBUTE = enum.auto()
    """``@[``: the opening bracket only."""
    INTERPOLATED = enum.auto()
    """A string that may hold code between braces."""
    STRING = enum.auto()
    CHARACTER = enum.auto()
    NUMBER = enum.auto()
    SYMBOL = enum.auto()
    UNTERMINATED = enum.auto()
    """A comment, string or quoted name without an end; the rest of the text."""


class Token(NamedTuple):
    """A token, where it begins (character offset), and its text."""

    kind: Kind
    text: str
    at: int


_FIRST: Final = r"(?:(?![λΠΣ])[^\W\d]|[\u2100-\u214f])"
_REST: Final = r"(?:(?![λΠΣ])\w|['!?₀-₉ₐ-ₜᵢ-ᵪ]|[\u2100-\u214f])"
_PART: Final = rf"(?:{_FIRST}{_REST}*|«[^»]*»)"
_TOKEN: Final = re.compile(
    rf"""
    (?P<space>    \s+ )
  | (?P<line>     --[^\n]* )
  | (?P<comment>  /- )
  | (?P<raw>      r(?P<fence>\#*)"(?s:.*?)"(?P=fence) )
  | (?P<openraw>  r\#*" )
  | (?P<interp>   (?:[A-Za-z_]\w*!)"(?:[^"\\]|\\.)*" )
  | (?P<char>     '(?:[^\\'\n]|\\(?:x[0-9A-Fa-f]{{2}}|u[0-9A-Fa-f]{{4}}|.))' )
  | (?P<string>   "(?:[^"\\]|\\.)*" )
  | (?P<open>     (?:[A-Za-z_]\w*!)?" )
  | (?P<number>   0[xX][0-9A-Fa-f]+(?:_+[0-9A-Fa-f]+)* | 0[oO][0-7]+(?:_+[0-7]+)* | 0[bB][01]+(?:_+[01]+)*
                | \d+(?:_+\d+)*(?:\.\d+)?(?:[eE][+-]?\d+)? )
  | (?P<name>     {_PART}(?:\.{_PART})* )
  | (?P<quote>    « )
  | (?P<hash>     \#[a-z_]+ )
  | (?P<attribute>@\[ )
  | (?P<symbol>   := | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_STRUCTURE: Final = re.compile("/-|-/")
MODIFIERS: Final = frozenset({"private", "protected", "noncomputable", "nonrec", "public", "local", "scoped"})
"""What may stand between a declaration's attributes and its keyword."""
_OPENING: Final = frozenset("([{⟨⦃⟦")
_CLOSING: Final = frozenset(")]}⟩⦄⟧")
_KINDS: Final = {
    "raw": Kind.STRING,
    "openraw": Kind.UNTERMINATED,
    "interp": Kind.INTERPOLATED,
    "char": Kind.CHARACTER,
    "string": Kind.STRING,
    "open": Kind.UNTERMINATED,
    "number": Kind.NUMBER,
    "name": Kind.NAME,
    "quote": Kind.UNTERMINATED,
    "hash": Kind.HASH,
    "attribute": Kind.ATTRIBUTE,
    "symbol": Kind.SYMBOL,
}


def tokens(source: str) -> list[Token]:
    """Cut Lean source into tokens; linear in its length, never fails."""
    found: list[Token] = []
    at = 0
    while match := _TOKEN.match(source, at):
        start, at, group = match.start(), match.end(), match.lastgroup or ""
        if group == "fence":
            group = "raw"
        if group in ("space", "line"):
            continue
        if group == "comment":
            at = _end_of_comment(source, at)
            if at < 0:
                found.append(Token(Kind.UNTERMINATED, source[start:], start))
                break
            continue
        kind = _KINDS[group]
        text = source[start:] if kind is Kind.UNTERMINATED else match.group()
        found.append(
            Token(kind, text.replace("«", "").replace("»", "") if kind is Kind.NAME else text, start)
        )
        if kind is Kind.UNTERMINATED:
            break
    return found


def _end_of_comment(source: str, at: int) -> int:
    """Return where the comment ends whose opening ends at ``at``, or -1. Comments nest."""
    depth = 1
    while found := _STRUCTURE.search(source, at):
        depth += 1 if found.group() == "/-" else -1
        at = found.end()
        if not depth:
            return at
    return -1


class Statement(NamedTuple):
    """Where a text's last theorem states its name and ends its statement, as character offsets."""

    start: int
    """Where its attributes and modifiers begin, or ``keyword``."""
    keyword: int
    """Where ``theorem`` or ``lemma`` begins."""
    name: str
    """As it is written."""
    full_name: str
    """With the namespaces that the text has open there."""
    name_at: int
    name_end: int
    end: int
    """Of the statement: where its ``:=`` begins, or the end of the text."""


def statement(source: str) -> Statement | None:
    """Find the last theorem of a text, or None."""
    code = tokens(source)
    for index in range(len(code) - 2, -1, -1):
        if code[index].text in ("theorem", "lemma") and code[index + 1].kind is Kind.NAME:
            return _statement(source, code, index)
    return None


def _statement(source: str, code: Sequence[Token], index: int) -> Statement:
    name = code[index + 1]
    raw = _TOKEN.match(source, name.at)
    return Statement(
        start=code[_with_modifiers(code, index)].at,
        keyword=code[index].at,
        name=name.text,
        full_name=full_name(name.text, namespaces(code[:index])),
        name_at=name.at,
        name_end=raw.end() if raw else name.at,
        end=_end(code[index + 2 :], source),
    )


def _with_modifiers(code: Sequence[Token], index: int) -> int:
    """Return where the declaration with the keyword at ``index`` begins: with attributes and modifiers."""
    while index:
        before = code[index - 1].text
        opened = next((at for at in range(index - 1, -1, -1) if code[at].text in ("@[", "[")), -1)
        if before in MODIFIERS:
            index -= 1
        elif before == "]" and opened >= 0 and code[opened].kind is Kind.ATTRIBUTE:
            index = opened
        else:
            break
    return index


def namespaces(code: Sequence[Token]) -> tuple[str, ...]:
    """Return the namespaces that are open at the end of a text, the outermost first."""
    opened: list[str] = []
    for index, token in enumerate(code):
        following = code[index + 1] if index + 1 < len(code) else None
        if token.kind is not Kind.NAME:
            continue
        if token.text == "namespace" and following is not None:
            opened.append(following.text)
        elif token.text in ("section", "mutual"):
            opened.append("")
        elif token.text == "end" and opened:
            opened.pop()
    return tuple(name for name in opened if name)


def full_name(name: str, opened: Sequence[str]) -> str:
    """Return a declaration's name with the namespaces that it stands in."""
    if name.startswith("_root_."):
        return name.removeprefix("_root_.")
    return ".".join((*opened, name))


def _end(code: Sequence[Token], source: str) -> int:
    """Return where the first ``:=`` is that is no default value and belongs to no ``let``."""
    depth = lets = 0
    for token in code:
        depth += token.text in _OPENING
        depth -= token.text in _CLOSING
        if depth:
            continue
        lets += token.text in ("let", "have")
        if token.text == ":=":
            if not lets:
                return token.at
            lets -= 1
    return len(source)


def declared(code: Sequence[Token], name: str) -> str:
    """Return the full name of the last theorem of this name that a text declares, or an empty string.

    Namespaces may be written before the name or opened around it, by the problem or by the text: the last
    part of the name decides.
    """
    last = name.rpartition(".")[2]
    for index in range(len(code) - 1, 0, -1):
        before, text = code[index - 1].text, code[index].text
        if before in ("theorem", "lemma", "def", "abbrev") and text.rpartition(".")[2] == last:
            return full_name(text, namespaces(code[:index]))
    return ""


def proves(code: Sequence[Token], name: str) -> bool:
    """Whether a text declares a theorem of this name."""
    return bool(declared(code, name))
