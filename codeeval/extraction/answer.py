"""What is asked of an answer's code, and what its extraction as a function or a program shares."""

from __future__ import annotations

import textwrap
from typing import Final

import msgspec

from codeeval.extraction import text as prose
from codeeval.extraction.python import Python, Source

ANSWER_CHARACTERS: Final = 512 << 10
NO_CODE_RULE: Final = "none"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What the code of an answer must offer.

    Attributes:
        entry_point: the function under test; empty where the program itself is, by what it prints.
        fences: info strings that mean its language, lower case.
        needed: further names that the tests use; pruning keeps what defines them.
        head: the prompt, where it is the start of a program that a bare body may continue.
        tests: calls of the function, which tell how many arguments it is given where no head does.
    """

    entry_point: str
    fences: tuple[str, ...]
    needed: frozenset[str] = frozenset()
    head: str = ""
    tests: str = ""


class Answer:
    """One answer's extraction: the target, and a parser whose budget the candidates share."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.python = Python()

    def without_thinking(self, text: str) -> str:
        """Remove what was thought aloud, and what is beyond the limit."""
        return prose.without_thinking(text, self.python.parses)[:ANSWER_CHARACTERS]

    def dedented(self, code: str) -> Source | None:
        """Parse code, dedented where all of it is indented."""
        code = code.strip("\n")
        if code[:1] in (" ", "\t"):
            code = textwrap.dedent(code)
            if code[:1] in (" ", "\t"):  # continues in something indented
                return None
        return self.python.source(code)

    def prefilled(self, text: str) -> str | None:
        """Return the code of an answer that continues in a fence which the prompt opened, else None."""
        before = prose.before_first_fence(text)
        if before is None:
            return None
        language, _, rest = before.lstrip().partition("\n")
        return rest if language.strip().lower() in self.target.fences else before

    def labelled(self, block: prose.Block) -> bool:
        """Whether a fence names the language."""
        return block.info in self.target.fences


def rule_of(block: prose.Block) -> str:
    """Return the rule by which a block is found."""
    return "fence" if block.closed else "open-fence"


def trimmed(code: str) -> str:
    """End code with one newline."""
    return code.strip("\n").rstrip() + "\n"
