"""What benchmarks in many languages share: how a program is laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.benchmarks.common import tampering
from codeeval.errors import DataError
from codeeval.extraction import NO_CODE_RULE
from codeeval.languages import Language, finish
from codeeval.types import (
    TOKEN_PLACEHOLDER,
    Completion,
    Extraction,
    Oracle,
    Problem,
    Program,
    SourceFile,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def cut(text: str, stop: Sequence[str], start: int = 0) -> str:
    """Cut a text before the stop token that begins first.

    Source: MultiPL-E, multipl_e/completions.py, ``stop_at_stop_token``.

    Args:
        text: what a model wrote.
        stop: the stop tokens.
        start: those that begin before this index do not count.
    """
    found = [index for token in stop if (index := text.find(token, start)) >= 0]
    return text[: min(found)] if found else text


def closes(tests: str) -> bool:
    """Whether tests begin by closing the solution's function, as MultiPL-E's do in languages with braces."""
    return tests.lstrip().startswith("}")


def with_declaration(solution: str, tests: str, language: Language) -> str:
    """Add what the language's epilogue needs: before the tests, if these stand at the top level."""
    needs = language.epilogue.needs if language.epilogue else ""
    if not needs or needs in solution + tests:
        return solution
    return f"{needs}\n{solution}" if closes(tests) else f"{solution}{needs}\n"


def program(
    problem: Problem,
    completion: Completion,
    language: Language,
    extraction: Extraction,
    solution: str,
    *,
    steps: tuple[Step, ...] = (),
    tests_first: bool = False,
) -> Program:
    """Make a program of one file, solution and tests, or an empty one where there is no code.

    The mark that the runner replaces by the completion token is taken out of the solution: no candidate may
    ask for the token by name.

    Args:
        problem: the problem.
        completion: what the model wrote.
        language: the problem's.
        extraction: where the code came from.
        solution: what holds the candidate, as it stands before the tests.
        steps: what compiles and runs it; empty for the language's own.
        tests_first: whether the tests stand before the solution, with a newline between them.

    Raises:
        DataError: the tests lack the shape that the language's epilogue wants.
    """
    found = extraction.rule != NO_CODE_RULE
    finished = finish(problem.tests[0], language.epilogue)
    if finished is None:
        raise DataError(f"{problem.task_id}: its tests do not end as those of {language.title} do")
    candidate = solution.replace(TOKEN_PLACEHOLDER, "")
    source = f"{finished}\n{candidate}" if tests_first else candidate + finished
    return Program(
        task_id=problem.task_id,
        sample=completion.sample,
        language=language.id,
        image=language.image,
        extraction=extraction,
        files=(SourceFile(path=language.source_name, content=source), *language.support) if found else (),
        steps=(steps or language.steps()) if found else (),
        oracle=Oracle.COMPLETED,
        tampering=tampering.found(solution, language, problem.prompt),
    )
