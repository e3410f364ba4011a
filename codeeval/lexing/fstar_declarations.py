"""Splits F* source into its top-level declarations, and finds what each of them binds.

F* has no layout: a ``let`` is local where an ``in`` closes it, and top-level otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.lexing.fstar import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.lexing.fstar import Token

OPENING: Final = frozenset({"(", "[", "{", "begin"})
CLOSING: Final = frozenset({")", "]", "}", "end"})
QUALIFIERS: Final = frozenset(
    {
        *("private", "abstract", "unfold", "inline_for_extraction", "noextract", "irreducible", "ghost"),
        *("total", "noeq", "unopteq", "assume", "logic", "reifiable", "reflectable", "new", "opaque"),
        *("default", "inline", "unfoldable"),
    }
)
KEYWORDS: Final = frozenset(
    {
        *("let", "val", "type", "exception", "open", "module", "include", "friend", "effect", "new_effect"),
        *("sub_effect", "layered_effect", "polymonadic_bind", "polymonadic_subcomp", "class", "instance"),
    }
)
"""What begins a declaration, behind its qualifiers and attributes."""
_STATED: Final = frozenset({"=", ":"})
_OPERATORS: Final = {
    "+": "Plus",
    "-": "Minus",
    "*": "Star",
    "/": "Slash",
    "%": "Percent",
    "&": "Amp",
    "<": "Less",
    ">": "Greater",
    "=": "Equals",
    "!": "Bang",
    "~": "Tilde",
    "?": "Qmark",
    "|": "Bar",
    ".": "Dot",
    "$": "Dollar",
    "^": "Hat",
    "@": "At",
    ":": "Colon",
    "\\": "Backslash",
}
"""How F* spells an operator's characters in its name."""


LONGEST_ATTRIBUTE: Final = 40
"""In tokens; what is longer counts as none."""


class Binding(NamedTuple):
    """A ``let`` clause: what it binds, and where (indices of tokens) its statement and its body are."""

    name: str
    """Empty for a pattern: what it binds is not looked into."""
    start: int
    """Of the name or the pattern."""
    equals: int
    """Of the ``=`` before the body; where the clause ends if there is none."""
    end: int


class Declaration(NamedTuple):
    """A top-level declaration: its keyword or pragma, its tokens' indices, and what it binds."""

    keyword: str
    start: int
    """Of its first token: a qualifier, an attribute, or ``at``."""
    at: int
    """Of its keyword."""
    end: int
    bindings: tuple[Binding, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it binds; an operator's is F*'s own, such as ``op_Hat``."""
        return tuple(binding.name for binding in self.bindings)


class _Let(NamedTuple):
    at: int
    clauses: list[int]


def declarations(code: Sequence[Token]) -> list[Declaration]:
    """Split a text into its top-level declarations; what stands before the first belongs to none."""
    starts = sorted(_starts(code).items())
    begins = [_with_qualifiers(code, at) for at, _ in starts]
    ends = [*begins[1:], len(code)]
    return [_declaration(code, at, end, clauses) for (at, clauses), end in zip(starts, ends, strict=False)]


def _starts(code: Sequence[Token]) -> dict[int, list[int]]:
    """Find the keywords of top-level declarations, and the clauses of each."""
    found: dict[int, list[int]] = {}
    open_lets: list[_Let] = []
    depth = 0
    for index, token in enumerate(code):
        if token.kind is Kind.PRAGMA:
            found[index] = []
        if token.kind not in (Kind.NAME, Kind.SYMBOL, Kind.ATTRIBUTE):
            continue
        text = token.text
        depth += text in OPENING or token.kind is Kind.ATTRIBUTE
        depth -= text in CLOSING
        if depth > 0:
            continue
        if text == "let":
            open_lets.append(_Let(index, [index + 1]))
        elif text == "and" and open_lets:
            open_lets[-1].clauses.append(index + 1)
        elif text == "in" and open_lets:
            open_lets.pop()
        elif text in KEYWORDS and not (index and code[index - 1].text == "let"):
            found |= {each.at: each.clauses for each in open_lets}
            open_lets = []
            found[index] = [index + 1]
    return found | {each.at: each.clauses for each in open_lets}


def _with_qualifiers(code: Sequence[Token], at: int) -> int:
    """Return where the declaration with the keyword at ``at`` begins: with its qualifiers and attributes."""
    while at:
        before = code[at - 1].text
        if code[at - 1].kind is Kind.NAME and before in QUALIFIERS:
            at -= 1
        elif before == "]" and (opened := _attribute(code, at - 1)) >= 0:
            at = opened
        else:
            break
    return at


def _attribute(code: Sequence[Token], closing: int) -> int:
    """Return where the attribute begins whose ``]`` is at ``closing``, or -1 where it is a list."""
    depth = 0
    for index in range(closing, max(closing - LONGEST_ATTRIBUTE, -1), -1):
        text = code[index].text
        depth += text in CLOSING
        depth -= text in OPENING or code[index].kind is Kind.ATTRIBUTE
        if not depth:
            return index if code[index].kind is Kind.ATTRIBUTE else -1
    return -1


def _declaration(code: Sequence[Token], at: int, end: int, clauses: Sequence[int]) -> Declaration:
    keyword = code[at].text
    start = _with_qualifiers(code, at)
    if keyword not in ("let", "val", "type", "exception"):
        return Declaration(keyword, start, at, end)
    ends = [*(clause - 1 for clause in clauses[1:]), end]
    bindings = [_binding(code, first, last) for first, last in zip(clauses, ends, strict=True)]
    return Declaration(keyword, start, at, end, tuple(bindings))


def _binding(code: Sequence[Token], start: int, end: int) -> Binding:
    start += start < end and code[start].text == "rec"
    equals, depth = end, 0
    for index in range(start, end):
        kind, text = code[index].kind, code[index].text
        if kind not in (Kind.SYMBOL, Kind.ATTRIBUTE, Kind.NAME):
            continue
        depth += text in OPENING or kind is Kind.ATTRIBUTE
        depth -= text in CLOSING
        if text == "=" and not depth:
            equals = index
            break
    return Binding(_name(code[start:equals]), start, equals, end)


def _name(stated: Sequence[Token]) -> str:
    """Return what a clause binds: a name, an operator's, or nothing where it is a pattern."""
    texts = [token.text for token in stated]
    if texts[:1] == ["("] and texts[2:3] == [")"] and stated[1].kind is Kind.SYMBOL:
        return operator_name(texts[1])
    if not stated or stated[0].kind not in (Kind.NAME, Kind.CONSTRUCTOR):
        return ""
    following = stated[1] if len(stated) > 1 else None
    patterned = following is not None and following.kind is Kind.SYMBOL and following.text in (",", "::", "|")
    constructed = (
        stated[0].kind is Kind.CONSTRUCTOR and following is not None and following.text not in _STATED
    )
    return "" if patterned or constructed else texts[0]


def operator_name(operator: str) -> str:
    """Return the name that F* gives an operator: ``op_At_Bar`` for ``@|``."""
    return "op_" + "_".join(_OPERATORS.get(character, character) for character in operator)


def head(code: Sequence[Token], name: str) -> list[Token] | None:
    """Return the tokens that state what ``name`` is: from its ``let``, ``and`` or ``type`` to its ``=``.

    None where no top-level declaration defines that name, or its statement has no end.
    """
    for declaration in declarations(code):
        for binding in declaration.bindings:
            if declaration.keyword in ("let", "type") and binding.name == name:
                first = declaration.at if binding is declaration.bindings[0] else binding.start - 1
                return list(code[first : binding.equals]) if binding.equals < binding.end else None
    return None
