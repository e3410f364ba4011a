"""What a candidate may not contain, whatever F* responds: the ways to be accepted without a proof.

Source: recorded sessions of F* 0.9.7, which answers success to most of these without a word; the names are
those of ulib's ``prims.fst``, ``FStar.Pervasives`` and ``FStar.Tactics``, then and in 2025.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval.lexing.fstar import CLOSING, OPENING, Kind, Token, head, texts, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

REFLECTION: Final = frozenset(
    {
        *("pack_fv", "string_to_term", "pack_sigelt", "pack_lb", "mk_unchecked_let", "mk_checked_let"),
        *("launch_process", "set_vconfig"),
    }
)
"""What lets a tactic build a name out of a string, declare something, or change the solver's options."""
AXIOMS: Final = frozenset({"axiom", "new_effect", "sub_effect", "layered_effect", "polymonadic_bind"})
"""Declarations that are believed, not checked."""
RENAMES: Final = frozenset({"module", "include", "friend"})
"""Declarations that give things other names."""
HARMLESS_ATTRIBUTES: Final = frozenset({"inline_let"})
"""Attributes that a definition may contain: they concern extraction alone."""
QUALIFIERS: Final = frozenset(
    {"private", "abstract", "unfold", "inline_for_extraction", "noextract", "irreducible", "ghost", "total"}
)
DECLARATIONS: Final = frozenset({"let", "type", "val", "noeq", "unopteq", "exception"})
"""What a candidate may begin with, beside a qualifier."""
BINDERS: Final = frozenset({"let", "rec", "and", "val"})
CHANGE_MEANING: Final = frozenset(
    {"instance", "open", "effect", "type", "class", "exception", "noeq", "unopteq"}
)
"""Declarations whose effect on a later statement is more than one name's."""
PUNCTUATION: Final = frozenset("()[]{},:;#|")
_HATCH: Final = re.compile(
    r"(?:^|_)(?:[a-z]{0,2}admit|assume)(?:$|[P_\d'])|^magic(?:$|_dump|['\d])|unsafe_coerce"
)


def is_hatch(name: str) -> bool:
    """Whether a name is an escape hatch, known or by its looks: ``admitP``, ``tadmit_t``, ``_assume``."""
    return _HATCH.search(name) is not None


def unreadable(code: Sequence[Token]) -> str:
    """Say what F* could not read, which some versions die of; empty where there is nothing."""
    for token in code:
        if token.kind is Kind.UNTERMINATED:
            what = "comment" if token.text.startswith("(*") else "string"
            return f"a {what} does not end"
    return ""


def unsendable(code: Sequence[Token]) -> str:
    """Say what must not reach F* because it would change the process for the next candidate, or empty."""
    for token in code:
        if token.kind is Kind.PRAGMA:
            return f"pragma {token.text}"
    return ""


def forbidden(code: Sequence[Token], name: str) -> str:
    """Name the first thing in a candidate that proves nothing, or return an empty string.

    Args:
        code: the candidate's tokens, so that comments and strings are no use.
        name: what it defines, unqualified.
    """
    return next(_forbidden(code, name), "")


def _forbidden(code: Sequence[Token], name: str) -> Iterator[str]:
    if refused := unsendable(code):
        yield refused
    for index, token in enumerate(code):
        if token.kind is Kind.ATTRIBUTE:
            if (attribute := _attribute(code, index)) not in HARMLESS_ATTRIBUTES:
                yield f"attribute {attribute}"
        elif token.kind is Kind.BLOB:
            yield f"language extension {token.text[:20].split()[0]}"
        elif token.kind in (Kind.NAME, Kind.CONSTRUCTOR):
            before = code[index - 1].text if index else ""
            yield from _named(token.text, before)
    bound = [index for index, token in enumerate(code) if token.text == name and _declares(code, index)]
    if len(bound) > 1:
        yield f"second declaration of {name}"
    yield from (f"val {name}" for index in bound if code[index - 1].text == "val")
    if code and not _begins(code[0]):
        yield f"no declaration: it begins with {code[0].text[:40]}"


def _named(text: str, before: str) -> Iterator[str]:
    if is_hatch(text):
        yield text
    elif text in REFLECTION:
        yield f"{text} (a tactic can build any name with it)"
    elif text in AXIOMS:
        yield f"axiom: {text}"
    elif text in RENAMES or (text == "open" and before != "let"):
        yield f"{text} outside a definition"


def _attribute(code: Sequence[Token], index: int) -> str:
    inside: list[str] = []
    for token in code[index + 1 :]:
        if token.text == "]":
            break
        inside.append(token.text)
    return "".join(inside)[:60]


def _declares(code: Sequence[Token], index: int) -> bool:
    """Whether a name stands where a declaration puts it: after ``let``, ``let rec``, ``and`` or ``val``."""
    before = texts(code[max(0, index - 2) : index])
    return before[-1:] in (["let"], ["and"], ["val"]) or before == ["let", "rec"]


def _begins(token: Token) -> bool:
    return token.kind is Kind.ATTRIBUTE or token.text in QUALIFIERS or token.text in DECLARATIONS


def restated(code: Sequence[Token], reference: str, name: str) -> str:
    """Say how a candidate's statement differs from the reference's, or return an empty string.

    Needed where the dataset has no ``val`` that fixes the type: the definition's own head is then the
    statement, and must be repeated word for word (``rec`` apart), under the same meaning of its words.
    """
    theirs, ours = head(code, name), head(tokens(reference), name)
    if ours is None:
        return ""
    if theirs is None:
        return f"does not define {name}"
    if _words(theirs) != _words(ours):
        return "states another type"
    words = set(_words(ours)) - {name}
    earlier = code[: code.index(theirs[0])]
    return next(_shadowed(earlier, words), "")


def _words(statement: Iterable[Token]) -> list[str]:
    return [token.text for token in statement if token.text != "rec"]


def _shadowed(earlier: Sequence[Token], words: set[str]) -> Iterator[str]:
    """Find what a helper before the statement could change of its meaning."""
    for index, token in enumerate(earlier):
        before = earlier[index - 1].text if index else ""
        if token.kind is not Kind.STRING and token.text in CHANGE_MEANING:
            yield f"{token.text} before the statement"
        elif before in BINDERS and token.text not in BINDERS:
            for bound in _pattern(earlier, index):
                if bound.text in words:
                    yield f"redefines {bound.text}, which the statement names"
                elif bound.text.startswith("op_"):
                    yield f"redefines the operator {bound.text}"


def _pattern(code: Sequence[Token], index: int) -> Iterator[Token]:
    """Yield what a binding binds: a name, or the names or the operator within brackets."""
    depth = 0
    for token in code[index:]:
        depth += token.text in OPENING
        depth -= token.text in CLOSING
        if token.text not in PUNCTUATION:
            yield token
        if depth <= 0:
            return
