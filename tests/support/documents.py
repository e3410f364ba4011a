"""The code blocks of the documents, and what each needs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>needs|exit): (?P<value>[^\n]*) -->\n)?"
    r"^```(?P<language>sh|bash|python)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """One fenced block."""

    page: Path
    line: int
    language: str
    text: str
    needs: str
    """What it takes that a test does not have; empty where it can be executed anywhere."""
    exit_code: int

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Return every document that shows how codeeval is used."""
    found = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "AGENTS.md")]
    return found + sorted(DOCS.rglob("*.md")) + sorted((ROOT / "benchmarks").glob("*/README.md"))


def blocks(page: Path) -> list[Block]:
    """Return a page's blocks of commands and of Python, in order."""
    text = page.read_text("utf-8")
    return [
        Block(
            page,
            text.count("\n", 0, found.start()) + 1,
            found["language"],
            found["text"],
            found["value"] if found["mark"] == "needs" else "",
            int(found["value"]) if found["mark"] == "exit" else 0,
        )
        for found in _BLOCK.finditer(text)
    ]


def commands(block: Block) -> Iterator[list[str]]:
    """Yield the words of each `codeeval` command of a block of shell."""
    text = re.sub(r"<<'(\w+)'\n.*?^\1$", "", block.text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\$\([^)]*\)", "", text.replace("\\\n", " "))
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        for index, word in enumerate(words):
            if word.rpartition("/")[2] == "codeeval" and not any(
                each in words[:index] for each in ("cd", "cp")
            ):
                rest = words[index + 1 :]
                ends = [
                    place
                    for place, each in enumerate(rest)
                    if each in {"&&", "||", "|", ";", "&", ">", "2>&1"}
                ]
                yield rest[: min(ends, default=len(rest))]
                break
