"""Finds a program in an answer to a task that names no function: code that does something when it is run."""

from __future__ import annotations

from typing import NamedTuple

from codeeval.extraction import text as prose
from codeeval.extraction.answer import NO_CODE_RULE, Answer, rule_of, trimmed
from codeeval.types import Candidate, Extraction


class _Found(NamedTuple):
    """Code, the rule that found it, and whether it parses."""

    rule: str
    code: str
    parses: bool = True


class ProgramAnswer(Answer):
    """An answer that must be a program."""

    def extract(self, text: str) -> Extraction:
        """Try the rules in order; the longest of several blocks is the program."""
        found = self._whole(text)
        if found is None:
            text = self.without_thinking(text)
            found = self._whole(text) or self._prefill(text) or self._fenced(text)
        if found is None or not found.code.strip():
            return Extraction(rule=NO_CODE_RULE)
        rule = found.rule if found.parses else f"{found.rule}+unparsed"
        code = trimmed(found.code)
        faults = () if found.parses else ("does not parse",)
        candidate = Candidate(rule=rule, code=code, parses=found.parses, defines=found.parses, faults=faults)
        return Extraction(rule=rule, code=code, candidates=(candidate,))

    def _program(self, code: str) -> str | None:
        """Return code that is a program, else None."""
        source = self.dedented(code)
        return (
            source.code if source is not None and source.acts and not source.begins_or_ends_in_words else None
        )

    def _whole(self, text: str) -> _Found | None:
        code = self._program(text)
        return _Found("whole", code) if code is not None else None

    def _prefill(self, text: str) -> _Found | None:
        before = self.prefilled(text) if prose.fence_lines(text) % 2 else None
        code = self._program(before) if before is not None else None
        return _Found("prefill", code) if code is not None else None

    def _fenced(self, text: str) -> _Found | None:
        """Take the longest block that is a program; one that continues in words is cut before them."""
        blocks = list(prose.blocks(text, self.python.parses))
        mine = [block for block in blocks if self.labelled(block) or not block.info]
        programs = [(block, code) for block in mine if (code := self._program(block.code)) is not None]
        if programs:
            labelled = [pair for pair in programs if pair[0].info] or programs
            longest, program = max(labelled, key=lambda pair: len(pair[1]))
            return _Found(rule_of(longest), program)
        for block in mine:
            source = self.python.program(block.code)
            if source is not None:
                return _Found(rule_of(block) + "+cut", source.code)
        if len(mine) == len(blocks):  # none in another language
            source = self.python.program(prose.around(text, blocks))
            if source is not None:
                return _Found("bare", source.code)
        labelled_blocks = [block for block in mine if block.info] or mine
        if not labelled_blocks:
            return None
        block = max(labelled_blocks, key=lambda each: len(each.code))
        return _Found(rule_of(block), block.code, self.python.parses(block.code))
