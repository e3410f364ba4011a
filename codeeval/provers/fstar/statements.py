"""Compares statements by their words: what a definition says that it proves.

Needed where the dataset has no ``val`` that fixes the type: the definition's own head is then the statement,
and a candidate must repeat it, under the same meaning of its words. Bound variables may have other names, and
what does not change a statement may be there or not: ``rec``, ``requires True``, ``ensures`` alone, a
termination metric.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from codeeval.lexing.fstar import Kind, tokens
from codeeval.lexing.fstar_declarations import CLOSING, OPENING, declarations, head, operator_name
from codeeval.provers.fstar.allowed import KEYWORDS, UNICODE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.lexing.fstar import Token
    from codeeval.lexing.fstar_declarations import Declaration

HARMLESS: Final = frozenset({"let", "val", "open", "module"})
"""Declarations that may stand before a statement: they change no other name's meaning than those they bind,
but for an ``open``, which F* is asked about."""


MOST_WORDS: Final = 200
"""More words than twice the statement's are no restatement; comparing takes time by the square."""


def same(statement: str, other: str) -> bool:
    """Whether a candidate's ``val`` says the same as the problem's, ``other``."""
    theirs, ours = tokens(statement), tokens(other)
    return len(theirs) <= MOST_WORDS + 2 * len(ours) and _normal(theirs) == _normal(ours)


def restated(source: str, reference: str, name: str) -> str:
    """Say how a candidate's statement differs from the reference's, or return an empty string.

    Args:
        source: the candidate.
        reference: the dataset's own definition.
        name: what both define, unqualified.
    """
    code = tokens(source)
    theirs, ours = head(code, name), head(tokens(reference), name)
    if ours is None:
        return "" if not reference.strip() else f"the problem's own definition states no type of {name}"
    if theirs is None:
        return f"does not define {name}"
    if len(theirs) > MOST_WORDS + 2 * len(ours) or _normal(theirs) != _normal(ours):
        return "states another type"
    return next(_shadowed(code, declarations(code), name, _words(ours) - {name}), "")


def words_to_keep(source: str, reference: str, name: str) -> tuple[str, ...]:
    """Return the names in a statement that an ``open`` before it could give another meaning."""
    code = tokens(source)
    ours = head(tokens(reference), name)
    for declaration in declarations(code):
        if declaration.keyword == "open" and ours is not None:
            bound = {ours[index].text for index in range(len(ours) - 1) if ours[index + 1].text == ":"}
            return tuple(sorted(_words(ours) - {name} - bound - KEYWORDS))
        if name in declaration.names:
            break
    return ()


def _words(statement: Sequence[Token]) -> set[str]:
    """Return the names in a statement, its operators by theirs."""
    found: set[str] = set()
    for token in statement:
        word = _word(token)
        if token.kind in (Kind.NAME, Kind.CONSTRUCTOR):
            found.add(word)
        elif token.kind is Kind.SYMBOL and word not in OPENING | CLOSING | {
            ",",
            ":",
            "->",
            "|",
            "#",
            ";",
            ".",
        }:
            found.add(operator_name(word))
    return found


def _shadowed(
    code: Sequence[Token], declared: Sequence[Declaration], name: str, words: set[str]
) -> Iterator[str]:
    """Find what a declaration before the statement, or beside it, could change of its meaning."""
    for declaration in declared:
        stating = name in declaration.names
        if not stating and declaration.keyword not in HARMLESS and not declaration.keyword.startswith("#"):
            yield f"{declaration.keyword} before the statement"
        elif declaration.keyword == "module" and code[declaration.at + 1].text in words:
            yield f"redefines {code[declaration.at + 1].text}, which the statement names"
        if declaration.keyword in ("let", "val"):
            for bound in declaration.names:
                if bound in words:
                    yield f"redefines {bound}, which the statement names"
                elif bound.startswith("op_") and bound != name:
                    yield f"redefines the operator {bound}"
                elif not bound:
                    yield "a pattern before the statement"
        if stating:
            return


def _word(token: Token) -> str:
    return UNICODE.get(token.text, token.text)


def _normal(statement: Sequence[Token]) -> list[str]:
    """Return a statement's words without what does not change it, bound variables by number."""
    code = list(statement)
    while code and code[0].text in ("let", "and", "val", "rec", "type"):
        code = code[1:]
    words = [_word(token) for token in code]
    numbers: dict[str, str] = {}
    for index in _binders(words, [token.kind for token in code]):
        numbers.setdefault(words[index], f"?{len(numbers)}")
    written = [
        numbers.get(word, word) if token.kind is Kind.NAME and not _selected(code, index) else word
        for index, (word, token) in enumerate(zip(words, code, strict=True))
    ]
    return _without_clauses(written)


def _selected(code: Sequence[Token], index: int) -> bool:
    """Whether a name is a module's or a record's, as in ``M.x`` and ``r.x``; a quantifier has a dot too."""
    if index < 2 or code[index - 1].text != ".":
        return False
    touches = code[index - 1].at + 1 == code[index].at
    return touches and code[index - 2].at + len(code[index - 2].text) == code[index - 1].at


def _binders(words: Sequence[str], kinds: Sequence[Kind]) -> Iterator[int]:
    """Yield where a statement binds variables: as parameters, before arrows, behind quantifiers.

    A name before a colon elsewhere may be any name with its type.
    """
    depth, base = 0, 0  # base: the depth of the parameters, or of the quantifier, in force
    binding, typed = True, False
    for index, word in enumerate(words):
        depth += word in OPENING
        depth -= word in CLOSING
        arrow = depth == 0 and words[index + 1 : index + 2] == [":"]
        if word in ("forall", "exists", "fun"):
            base, binding, typed = depth, True, False
        elif (word in (".", "->") or (word == ":" and not base)) and depth == base:
            binding = False
        elif word == ":" and depth <= base + 1:
            typed = True
        elif (word == "(" and depth == base + 1) or (word == ")" and depth == base):
            typed = False
        elif index and kinds[index] is Kind.NAME and word not in KEYWORDS:
            listed = binding and not typed and depth <= base + 1
            if arrow or listed:
                yield index


def _without_clauses(words: list[str]) -> list[str]:
    """Leave out ``(requires True)`` and ``(decreases ...)``, and write ``(ensures (p))`` as ``(p)``."""
    found: list[str] = []
    index = 0
    while index < len(words):
        end = _closing(words, index) if words[index] == "(" else index
        inside = words[index + 1 : end]
        if inside[:1] == ["decreases"] or (inside[:1] == ["requires"] and _bare(inside[1:]) == ["True"]):
            index = end + 1
        elif inside[:1] == ["ensures"] and "Lemma" in found:
            found += ["(", *_without_clauses(_bare(inside[1:])), ")"]
            index = end + 1
        elif inside and end > index and inside[0] == "(" and _closing(words, index + 1) == end - 1:
            index += 1  # a pair of parentheses around another one
            words = [*words[:end], *words[end + 1 :]]
        else:
            found.append(words[index])
            index += 1
    return found


def _bare(words: list[str]) -> list[str]:
    while words[:1] == ["("] and _closing(words, 0) == len(words) - 1:
        words = words[1:-1]
    return words


def _closing(words: Sequence[str], at: int) -> int:
    """Return where the bracket at ``at`` is closed, or the end."""
    for index, depth in zip(
        range(at, len(words)),
        itertools.accumulate((word in OPENING) - (word in CLOSING) for word in words[at:]),
        strict=True,
    ):
        if not depth:
            return index
    return len(words)
