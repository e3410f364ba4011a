"""From a model's answer to the declaration in it: thinking, fences, a repeated header, a bare proof."""

from __future__ import annotations

import re
from typing import Final

from codeeval.extraction import ANSWER_CHARACTERS, NO_CODE_RULE
from codeeval.extraction import text as prose
from codeeval.lexing.lean import proves, statement, tokens
from codeeval.types import Extraction

FENCES: Final = ("", "lean", "lean4", "lean 4")
_IMPORT: Final = re.compile(r"^[ \t]*import[ \t]+[\w.]+[ \t]*\n", re.MULTILINE)


def extract(text: str, name: str, stated: str, header: str) -> Extraction:
    """Find the proof in an answer.

    Args:
        text: the answer, hostile.
        name: of the theorem.
        stated: the problem up to its ``:=``, which a bare proof is joined to.
        header: the problem's, which models like to repeat: it is taken away, being there already.
    """
    answer = prose.without_thinking(text)[:ANSWER_CHARACTERS]
    blocks = [block for block in prose.blocks(answer, lambda _code: False) if block.info.lower() in FENCES]
    proving = [block for block in blocks if proves(tokens(block.code), name)]
    if proving:
        fence = "fence" if proving[-1].closed else "open-fence"
        return Extraction(rule=fence, code=whole(proving[-1].code, stated, header))
    if not blocks and proves(tokens(answer), name):
        return Extraction(rule="whole", code=whole(answer, stated, header))
    if not blocks or not blocks[-1].code.strip():
        return Extraction(rule=NO_CODE_RULE)
    return Extraction(rule="body", code=joined(blocks[-1].code, stated))


def whole(code: str, stated: str, header: str) -> str:
    """Take the imports of a whole file away, the header, and what stands before the problem's theorem."""
    code = code.replace(header.strip(), "", 1) if header.strip() else code
    before = preamble(stated)
    if before and before in code:
        code = code.replace(before, "", 1)
    return _IMPORT.sub("", code).strip("\n")


def joined(proof: str, stated: str) -> str:
    """Put a proof behind its statement: from ``:=``, from ``by``, or the tactics alone."""
    head = declaration(stated).rstrip()
    body = proof.strip("\n")
    first = body.lstrip()
    if first.startswith(":="):
        return f"{head} {first}"
    if re.match(r"by\b", first):
        return f"{head} := {first}"
    indented = body if body.startswith((" ", "\t")) else "\n".join(f"  {line}" for line in body.split("\n"))
    return f"{head} := by\n{indented}"


def preamble(stated: str) -> str:
    """Return the declarations before the problem's theorem, without surrounding white space."""
    return stated[: _start(stated)].strip()


def declaration(stated: str) -> str:
    """Return the theorem's own text."""
    return stated[_start(stated) :]


def _start(stated: str) -> int:
    found = statement(stated)
    return found.start if found else 0
