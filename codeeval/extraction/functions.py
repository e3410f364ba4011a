"""Finds the function under test in an answer: what each rule offers is judged, and the best is taken.

Candidates are compared by what can be told without running them, in this order: that they define the
function, with the arguments that it is given, and read no name that nothing binds; then the later one counts,
for models correct themselves downwards.
"""

from __future__ import annotations

import ast
import bisect
import itertools
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.extraction import text as prose
from codeeval.extraction.answer import NO_CODE_RULE, Answer, Target, rule_of, trimmed
from codeeval.extraction.pruning import pruned
from codeeval.extraction.python import Arity, Binding, Source, missing, parsed, pieces
from codeeval.types import Candidate, Extraction

if TYPE_CHECKING:
    from collections.abc import Iterator

CANDIDATES: Final = 10
"""Kept of one answer."""
_ROUNDS: Final = 10
"""Blocks of helpers that need helpers in turn."""
_BODY_PARTS: Final = 3
"""Blocks that one function's body is spread over at most."""
_HEADINGS: Final = 20
_JOINS: Final = 6
"""Headings and candidates that are completed from other blocks: each takes time in proportion to these."""
_NAMES: Final = 8
"""Names listed in a fault."""
_BODY: Final = "+body"
_WORTH: Final = {
    Binding.DEFINED: 9,
    Binding.ASSIGNED: 7,
    Binding.IMPORTED: 5,
    Binding.STUB: 3,
    Binding.FOREIGN: 2,
    Binding.NONE: 1,
}
_WORTH_OF_BODY: Final = 8
"""A body is a function's only if no whole one was found."""
_WORTH_OF_OTHER_ARITY: Final = 6
_WORTH_UNPARSED: Final = 4
"""The text has the function's heading, but this Python does not parse it: a newer one may."""


class _Draft(NamedTuple):
    """Code that a rule found."""

    rule: str
    code: str
    source: Source | None
    row: int
    """The line of the answer that it begins in; below zero where it is a guess."""
    labelled: bool = False
    """It stands in a fence that names the language."""
    fits: bool = True
    """It counts also where it does not define the function."""
    raw: str = ""
    """A block's code with its indentation."""


class _Part(NamedTuple):
    """A part of the answer that may be a function's heading or body."""

    row: int
    rule: str
    code: str


class _Judged(NamedTuple):
    """A candidate, and how it compares with others: its worth, whether nothing is missing, its place."""

    rank: tuple[int, bool, int]
    candidate: Candidate


class _Helper(NamedTuple):
    """Code beside a candidate that may bind what it lacks."""

    row: int
    source: Source


class FunctionAnswer(Answer):
    """An answer that must define a function."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.name = target.entry_point
        self.needed = target.needed | {self.name}
        name = re.escape(self.name)
        self.heading = re.compile(
            rf"^[ \t]*(?:(?:async[ \t]+)?def[ \t]+{name}\b|{name}[ \t]*=[^=])", re.MULTILINE
        )
        head = self.python.with_body(target.head, "pass", self.name)
        self.known = frozenset(head.binders) - {self.name} if head is not None else frozenset()
        self.arity = head.arity(self.name) if head is not None else called_with(target.tests, self.name)
        self.blocks: list[_Draft] = []
        self.outside = ""
        self.helpers: list[_Helper] | None = None
        self.joins = _JOINS

    def extract(self, text: str) -> Extraction:
        """Judge what the rules find and take the best; rules that guess are tried where none found it."""
        judged = self._judged_whole(text)
        if not judged:
            text = self.without_thinking(text)
            judged = self._judged_whole(text)
        if any(map(_sound, judged)):
            return _best(judged)
        for drafts in (self._plain(text), self._bodies(text), self._guessed(text)):
            judged += [self._judge(draft) for draft in list(drafts)]  # a block may need later ones
            if any(map(_sound, judged)):
                break
        return _best(judged)

    # the rules

    def _whole(self, text: str) -> _Draft | None:
        source = self.dedented(text) if self.name in text else None
        return (
            None if source is None else _Draft("whole", source.code, source, 0, fits=source.has_definitions)
        )

    def _judged_whole(self, text: str) -> list[_Judged]:
        whole = self._whole(text)
        return [self._judge(whole)] if whole is not None else []

    def _plain(self, text: str) -> Iterator[_Draft]:
        """Yield the answer as it is, what continues the prompt's fence, fenced blocks, and what is around."""
        before = self.prefilled(text)
        source = self.dedented(before) if before is not None and self.name in before else None
        if source is not None:
            yield _Draft("prefill", source.code, source, 0)
        yield from self._fenced(text)
        for row, source in self.python.spans(self.outside, self.name):
            yield _Draft("bare", source.code, source, row)
        for run in prose.indented_runs(self.outside):
            if self.heading.search(run.code):
                for row, source in self.python.spans(run.code, self.name):
                    yield _Draft("indented", source.code, source, run.row + row)
        if not self.blocks and _BINDS.match(text.lstrip()):
            other = self.python.source(text)
            if other.has_definitions if other is not None else self.heading.search(text):
                yield _Draft("whole", text, other, 0)

    def _fenced(self, text: str) -> Iterator[_Draft]:
        blocks = list(prose.blocks(text, self.python.parses))
        self.outside = prose.around(text, blocks)
        row = place = 0
        for block in blocks:
            row += text.count("\n", place, block.start)
            place = block.start
            rule, labelled = rule_of(block), self.labelled(block)
            source = self.dedented(block.code)
            code = block.code if source is None else source.code
            draft = _Draft(rule, code, source, row, labelled, fits=labelled or not block.info, raw=block.code)
            self.blocks.append(draft)
            yield draft
            if source is None and self.heading.search(code):
                for inner, found in self.python.spans(code, self.name):
                    yield _Draft(f"{rule}+cut", found.code, found, row + inner)

    def _bodies(self, text: str) -> Iterator[_Draft]:
        """Yield bodies behind the prompt's heading, or behind one that stands in the answer by itself."""
        runs = [_Part(run.row, "", run.code) for run in prose.indented_runs(self.outside) if run.apart]
        parts = sorted([*(_Part(each.row, each.rule, each.raw) for each in self.blocks if each.fits), *runs])
        for heading in itertools.islice(self._headings(), _HEADINGS):
            yield from self._continued(
                heading, parts[bisect.bisect(parts, (heading.row + 1,)) :][:_BODY_PARTS]
            )
        if not self.target.head:
            return
        before = self.prefilled(text)
        if before is not None:
            parts.insert(0, _Part(0, "prefill", before))
        elif not self.blocks:
            for body in (text, _until_unindented(text)):
                draft = self._behind_prompt(_Part(0, "", body))
                if draft is not None:
                    yield draft
                    return  # a part of it would be less than all
        for part in parts:
            draft = self._behind_prompt(part)
            if draft is not None:
                yield draft

    def _behind_prompt(self, part: _Part) -> _Draft | None:
        source = self.python.with_body(self.target.head, part.code, self.name)
        if source is None:
            return None
        return _Draft(f"{part.rule}{_BODY}".removeprefix("+"), source.code, source, part.row)

    def _headings(self) -> Iterator[_Part]:
        """Yield what has the function's heading and no body."""
        for draft in self.blocks:
            if draft.fits and self.heading.search(draft.code) and self._has_no_body(draft.source):
                yield _Part(draft.row, draft.rule, draft.raw)
        row = 0
        for piece in pieces(self.outside):
            if self.heading.match(piece) and self._has_no_body(self.python.source(piece)):
                yield _Part(row, "", piece)
            row += piece.count("\n") + 1
        for code in prose.inline_code(self.outside):
            if self.heading.match(code):
                yield _Part(-1, "", code)

    def _has_no_body(self, source: Source | None) -> bool:
        return source is None or source.binding(self.name) is Binding.STUB

    def _continued(self, heading: _Part, parts: list[_Part]) -> Iterator[_Draft]:
        body = ""
        for part in parts:
            body += part.code.strip("\n") + "\n"
            source = self.python.with_body(heading.code, body, self.name)
            if source is not None:
                rule = f"{heading.rule}{_BODY}".removeprefix("+")
                yield _Draft(rule, source.code, source, part.row)

    def _guessed(self, text: str) -> Iterator[_Draft]:
        """Yield what is found where fences, quotation marks and tags are taken for mere lines."""
        if self.name not in text:
            return
        plain = prose.without_fence_lines(text)
        for rule, changed in (
            ("lines", plain),
            ("quoted", prose.unquoted(plain)),
            ("tagged", prose.untagged(plain)),
            ("lines", re.sub(rf"(?<=\S)[ \t]+(?=def {re.escape(self.name)}\()", "\n", plain)),
        ):
            if changed is plain or changed != plain:
                for row, source in self.python.spans(changed, self.name):
                    yield _Draft(rule, source.code, source, row - len(changed))
        for code in prose.json_strings([text, *(each.raw for each in self.blocks)]):
            found = self.dedented(code) if self.name in code else None
            if found is not None:
                yield _Draft("json", found.code, found, -len(text))
        for code in prose.inline_code(text):
            found = self.python.source(code) if self.heading.match(code) else None
            if found is not None:
                yield _Draft("inline", code, found, -len(text))

    # their comparison

    def _judge(self, draft: _Draft) -> _Judged:
        """Join what a candidate lacks, prune it, and tell what speaks against it."""
        source, rule = draft.source, draft.rule
        if source is None:
            worth = 0
            if draft.fits:
                worth = _WORTH_UNPARSED if self.heading.search(draft.code) else _WORTH[Binding.NONE]
            return self._judged(worth, draft, f"{rule}+unparsed", draft.code, ["does not parse"])
        binding = source.binding(self.name)
        if binding is Binding.NONE:
            worth = _WORTH[binding] if draft.fits else 0
            return self._judged(worth, draft, rule, source.code, [f"does not define {self.name}"])
        left = pruned(source, self.name, self.needed)
        lacks = missing(left.statements, self.known)
        if lacks:
            joined = self._joined(left.code, draft.row, lacks)
            if joined is not None:
                rule, source = f"{rule}+joined", joined
                left = pruned(source, self.name, self.needed)
                lacks = missing(left.statements, self.known)
        code = trimmed(left.code)
        if code != trimmed(source.code):
            rule += "+pruned"
        worth, faults = _WORTH[binding], []
        if binding is Binding.STUB:
            faults.append(f"{self.name} has no body")
        elif binding is Binding.FOREIGN:
            faults.append(f"imports {self.name} or binds it again, and does not define it")
        elif binding is Binding.DEFINED and _BODY in f"+{draft.rule}":
            worth = _WORTH_OF_BODY
        takes = source.arity(self.name) if binding >= Binding.ASSIGNED else None
        if takes is not None and self.arity is not None and not takes.overlaps(self.arity):
            worth = min(worth, _WORTH_OF_OTHER_ARITY)
            faults.append(f"{self.name} takes another number of arguments than it is given")
        if lacks:
            named = ", ".join(sorted(lacks)[:_NAMES])
            faults.append(f"nothing binds {named}" + (", ..." if len(lacks) > _NAMES else ""))
        return self._judged(worth, draft, rule, code, faults, complete=not lacks)

    def _judged(
        self, worth: int, draft: _Draft, rule: str, code: str, faults: list[str], *, complete: bool = True
    ) -> _Judged:
        other = worth == _WORTH[Binding.NONE]  # of those the longest, in a fence that names the language
        rank = (worth, draft.labelled, len(draft.code)) if other else (worth, complete, draft.row)
        candidate = Candidate(
            rule=rule,
            code=trimmed(code),
            parses=draft.source is not None,
            defines=draft.source is not None and worth >= _WORTH[Binding.IMPORTED],
            faults=tuple(faults),
        )
        return _Judged(rank, candidate)

    def _joined(self, code: str, row: int, lacks: set[str]) -> Source | None:
        """Put code that binds what is missing before or behind, as it stands in the answer.

        Where that still leaves names unbound, all of it goes before.
        """
        self.joins -= 1
        if self.joins < 0:
            return None
        found: dict[int, str] = {}
        wanted = set(lacks)
        for _ in range(_ROUNDS):
            fresh: set[str] = set()
            for helper in self._helpers():
                binds = frozenset(helper.source.binders.keys() & wanted)
                if not binds or helper.row in found or helper.row == row:
                    continue
                part = pruned(helper.source, self.name, binds)
                if any(self.name in each.names.bound for each in part.statements):
                    continue
                found[helper.row] = part.code.strip("\n")
                fresh |= missing(part.statements, self.known)
            if not fresh - wanted:
                break
            wanted |= fresh
        if not found:
            return None
        own = code.strip("\n")
        parts = [found[each] for each in sorted(found)]
        above = [found[each] for each in sorted(found) if each < row]
        sources = [
            source
            for order in ([*above, own, *parts[len(above) :]], [*parts, own])
            if (source := self.python.source("\n\n\n".join(order))) is not None
        ]
        return min(sources, key=lambda each: len(missing(each.statements, self.known)), default=None)

    def _helpers(self) -> list[_Helper]:
        """List the blocks that parse, and the pieces around them that bind something."""
        if self.helpers is None:
            whole = [_Helper(each.row, each.source) for each in self.blocks if each.source is not None]
            runs = prose.indented_runs(self.outside)
            imports = (
                code for code in prose.inline_code(self.outside) if code.startswith(("import ", "from "))
            )
            parts = [
                *_binding_pieces(self.outside, 0),
                *(part for run in runs if run.apart for part in _binding_pieces(run.code, run.row)),
                *(
                    part
                    for each in self.blocks
                    if each.source is None
                    for part in _binding_pieces(each.raw, each.row)
                ),
                *(_Part(-1 - number, "", code) for number, code in enumerate(imports)),
            ]
            sources = ((part.row, self.python.source(part.code)) for part in parts)
            self.helpers = whole + [_Helper(row, source) for row, source in sources if source is not None]
        return self.helpers


_BINDS: Final = re.compile(r"(?:@|(?:import|from|def|class|async)\s|[^\W\d]\w*\s*(?::[^=\n]+)?=[^=])")


def _binding_pieces(text: str, row: int) -> Iterator[_Part]:
    """Yield the pieces of a text that look as if they bind a name."""
    for piece in pieces(text):
        if _BINDS.match(piece):
            yield _Part(row, "", piece)
        row += piece.count("\n") + 1


def called_with(tests: str, name: str) -> Arity | None:
    """Return with how many positional arguments tests call a function; None where that cannot be told."""
    tree = parsed(tests) if name in tests else None
    if tree is None:
        return None
    counts = [
        len(node.args)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == name
        and not node.keywords
        and not any(isinstance(each, ast.Starred) for each in node.args)
    ]
    return Arity(min(counts), max(counts)) if counts else None


def _best(judged: list[_Judged]) -> Extraction:
    """Take the candidate that ranks first; the same code found twice counts where it stands last."""
    distinct: dict[str, _Judged] = {}
    for each in judged:
        if each.rank[0] > 0 and each.candidate.code.strip():
            code = each.candidate.code
            first = distinct.get(code, each)
            distinct[code] = _Judged(max(first.rank, each.rank), first.candidate)
    ranked = sorted(
        distinct.values(), key=lambda each: each.rank, reverse=True
    )  # of equals the first stays it
    if not ranked:
        return Extraction(rule=NO_CODE_RULE)
    best = ranked[0].candidate
    candidates = tuple(each.candidate for each in ranked[:CANDIDATES])
    return Extraction(rule=best.rule, code=best.code, candidates=candidates)


def _sound(judged: _Judged) -> bool:
    return judged.candidate.defines and not judged.candidate.faults


def _until_unindented(text: str) -> str:
    """Return the leading lines that are indented or blank."""
    lines = text.strip("\n").split("\n")
    count = next((row for row, line in enumerate(lines) if line.strip() and line[0] not in " \t"), len(lines))
    return "\n".join(lines[:count])
