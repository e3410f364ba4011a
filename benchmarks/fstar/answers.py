"""From a model's answer to the definition in it: thinking, ``<answer>`` tags, fences, a repeated ``val``.

Source: PoPAI-RL, evaluation/FStar, for the ``<answer>`` tag (the last one counts).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval.extraction import ANSWER_CHARACTERS, NO_CODE_RULE
from codeeval.extraction import text as prose
from codeeval.lexing.fstar import Kind, texts, tokens
from codeeval.types import Extraction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.lexing.fstar import Token

FENCES: Final = ("", "fstar", "f*", "fst", "f-star", "ocaml", "ml")
_ANSWER: Final = re.compile(r"<answer>(.*?)(?:</answer>|\Z)", re.DOTALL)


def defines(code: Sequence[Token], name: str) -> bool:
    """Whether a text binds the name: ``let NAME`` or ``let rec NAME``, or declares it otherwise."""
    for index, token in enumerate(code):
        before = texts(code[max(0, index - 2) : index])
        if token.text == name and (
            before[-1:] == ["let"] or before == ["let", "rec"] or before[-1:] == ["and"]
        ):
            return True
    return False


def extract(text: str, name: str, head: str, statement: str) -> Extraction:
    """Find the definition in an answer.

    Args:
        text: the answer, hostile.
        name: what it must define, unqualified.
        head: the definition up to its ``=``, which a bare body is joined to.
        statement: the ``val``, which models like to repeat: it is taken away, being pushed already.
    """
    answer = prose.without_thinking(text)[:ANSWER_CHARACTERS]
    rule = ""
    if tagged := _ANSWER.findall(answer):
        answer, rule = tagged[-1], "answer+"
    blocks = [block for block in prose.blocks(answer, lambda _code: False) if block.info in FENCES]
    defining = [block for block in blocks if defines(tokens(block.code), name)]
    if defining:
        fence = "fence" if defining[-1].closed else "open-fence"
        return Extraction(rule=rule + fence, code=without_statement(defining[-1].code, statement).strip("\n"))
    if not blocks and defines(tokens(answer), name):
        return Extraction(rule=f"{rule}whole", code=without_statement(answer, statement).strip("\n"))
    body = blocks[-1].code if blocks else answer if rule else ""
    if not body.strip():
        return Extraction(rule=NO_CODE_RULE)
    if re.match(
        r"\s*(?:(?:private|unfold|val|type|module|open|#\S+)\b|let\s+(?!open\b).*=(?!.*\bin\b))", body
    ):
        return Extraction(rule=f"{rule}fence" if blocks else f"{rule}whole", code=body)
    return Extraction(rule=f"{rule}body", code=f"{head} {body.strip()}")


def without_statement(code: str, statement: str) -> str:
    """Take away a leading repetition of the ``val``, word for word."""
    ours, theirs = tokens(statement), tokens(code)
    if not ours or texts(theirs[: len(ours)]) != texts(ours) or len(theirs) == len(ours):
        return code
    following = theirs[len(ours)]
    return code[following.at :] if following.kind is Kind.NAME else code
