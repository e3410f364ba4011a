"""Programs that read standard input and print, in any language: what decides on them is cases.

Which language a solution is in is the user's choice (``BenchmarkOptions.language``) or, where the protocol
leaves it open, that of the answer's last fenced block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.benchmarks.common import answers
from codeeval.extraction import NO_CODE_RULE, encodable
from codeeval.extraction.text import blocks, without_thinking
from codeeval.languages import language
from codeeval.types import (
    TOKEN_PLACEHOLDER,
    Comparison,
    CompletionKind,
    Extraction,
    Oracle,
    Program,
)

if TYPE_CHECKING:
    from codeeval.languages import Language
    from codeeval.types import Case, Checker, Completion, Limits, Problem

AS_IS: Final = "as-is"
LONG_FENCE: Final = "`" * 12
"""Longer than any that stands in a program."""
LINES: Final = Comparison()
"""The usual comparison."""
BY_FENCE: Final = ("cpp", "c", "java", "javascript", "go", "rust")
"""Languages that a fence may name in place of the one that was asked for: those that competitors use."""


class Solution(NamedTuple):
    """A solution that was found, and the language that it runs as."""

    language: Language
    extraction: Extraction


def in_fence(code: str, language_id: str, name: str = "") -> str:
    """Return a program as an answer that names its language, and behind it the program."""
    info = f"{language(language_id).fences[0]} {name}".rstrip()
    return f"{LONG_FENCE}{info}\n{code.rstrip()}\n{LONG_FENCE}\n"


def name_in_fence(text: str) -> str:
    """Return the name that ``in_fence`` has written."""
    return text.partition("\n")[0].partition(" ")[2]


def find(completion: Completion, asked: Language, others: tuple[str, ...] = ()) -> Solution:
    """Find the program in a completion. Never raises.

    Args:
        completion: a whole program, its text as it is; or an answer with a fenced block.
        asked: the language that the prompt asks for.
        others: ids of languages that an answer's last fenced block may be in instead.
    """
    text = encodable(completion.text)
    if completion.kind is not CompletionKind.ANSWER:
        rule = AS_IS if text.strip() else NO_CODE_RULE
        return Solution(asked, Extraction(rule=rule, code=text if text.strip() else ""))
    written_in = _language_of(text, asked, others) if others else asked
    return Solution(written_in, answers.find_program(text, written_in))


def make(
    problem: Problem,
    completion: Completion,
    solution: Solution,
    cases: tuple[Case, ...],
    *,
    limits: Limits | None,
    source: str = "",
    comparison: Comparison = LINES,
    checker: Checker | None = None,
    stop_at_failure: bool = True,
) -> Program:
    """Make the program that runs a solution once for each case, or an empty one where no code was found.

    Args:
        problem: the task.
        completion: that the solution was found in.
        solution: the program.
        cases: what it is given and must print.
        limits: of one case, None for the language's own; a compiler keeps these.
        source: the whole program, where that is more than what was found.
        comparison: of what it prints.
        checker: in place of the comparison.
        stop_at_failure: whether the first case that fails is the last.
    """
    entry, extraction = solution
    found = extraction.rule != NO_CODE_RULE
    whole = source or extraction.code
    code = whole.replace(TOKEN_PLACEHOLDER, "").rstrip("\n") + "\n" if found else ""
    steps = entry.script_steps(code) if found else ()
    if steps and limits:
        steps = (*steps[:-1], msgspec.structs.replace(steps[-1], limits=limits))
    return Program(
        task_id=problem.task_id,
        sample=completion.sample,
        language=entry.id,
        image=entry.image,
        extraction=extraction,
        files=entry.script_files(code) if found else (),
        steps=steps,
        solution=code,
        oracle=Oracle.CASES,
        cases=cases if found else (),
        stop_at_failure=stop_at_failure,
        comparison=comparison,
        checker=checker,
    )


def _language_of(text: str, asked: Language, others: tuple[str, ...]) -> Language:
    """Return the language that the last fenced block with the name of one is in."""
    named = [block.info for block in blocks(without_thinking(text), lambda _: False) if block.info]
    known = (asked, *(language(other) for other in others))
    for info in reversed(named):
        for each in known:
            if info in each.fences:
                return each
    return asked
