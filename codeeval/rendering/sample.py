"""Lays out one sample, from prompt to verdict."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final, assert_never

from codeeval.rendering.console import code, duration, heading, lines, size
from codeeval.rendering.extraction import candidate_lines
from codeeval.rendering.graded import show_answers
from codeeval.rendering.trace import show_trace
from codeeval.types import Outcome, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from codeeval.session.inspection import Sample
    from codeeval.types import Program, Prompt, Usage, Verdict

SHOWN_CHARS: Final = 500
"""Of the input, expected and printed output of a failed case."""


def _origin(usage: Usage) -> str:
    if usage.cached:
        return ", from the cache"
    return ", in a batch" if usage.batch else ""


def sample_tables(found: Sample) -> Iterator[RenderableType]:
    """Lay out prompt, completion, program, streams and verdict."""
    yield heading(f"{found.task_id}, sample {found.sample}")
    if found.missing:
        yield lines(found.missing)
    if found.prompt is not None:
        yield from _show_prompt(found.prompt)
    if found.completion is not None:
        usage = found.completion.usage
        yield heading(
            f"completion, raw ({found.completion.kind}, ended by {found.completion.finish_reason}, "
            f"{usage.completion_tokens} tokens, {duration(usage.latency_s)}{_origin(usage)})"
        )
        yield lines(found.completion.text)
        if found.completion.reasoning:
            yield heading(
                f"its reasoning, no part of the completion ({usage.reasoning_tokens} of the tokens)"
            )
            yield lines(found.completion.reasoning)
        if found.completion.trace:
            yield from show_trace(found.completion)
    if found.program is not None:
        yield heading(f"program, extracted by rule {found.program.extraction.rule}")
        for file in found.program.files:
            yield lines(f"# {file.path}")
            yield code(file.content, found.program.language)
        yield from show_answers(found.program)
        yield from candidate_lines(found.program.extraction.candidates)
    if found.verdict is not None:
        yield from _show_cases(found.verdict, found.program)
        yield from _show_verdict(found.verdict)


def _show_prompt(prompt: Prompt) -> Iterator[RenderableType]:
    match prompt.style:
        case PromptStyle.BASE:
            yield heading("prompt")
            yield lines(prompt.text)
        case PromptStyle.CHAT:
            for message in prompt.messages:
                yield heading(f"prompt, {message.role}")
                yield lines(message.content)
            if prompt.prefill:
                yield heading("prompt, start of the answer where the server continues it")
                yield lines(prompt.prefill)
        case unreachable:
            assert_never(unreachable)


def _show_verdict(verdict: Verdict) -> Iterator[RenderableType]:
    for name, text in (("standard output", verdict.stdout), ("standard error", verdict.stderr)):
        if text:
            yield heading(f"{name}, its end")
            yield lines(text)
    yield heading(f"verdict: {verdict.outcome}")
    if verdict.detail:
        yield lines(verdict.detail)
    yield from _show_unit_tests(verdict)
    for part in verdict.parts:
        yield lines(f"{part.name}: {part.outcome}" + (f", {part.detail}" if part.detail else ""))
    if verdict.scores:
        yield lines(", ".join(f"{score.scorer} {score.value:.4f}" for score in verdict.scores))
        return
    times = "executed once" if verdict.attempts == 1 else f"executed {verdict.attempts} times"
    if verdict.same_as is not None:
        times = f"executed as sample {verdict.same_as}, which has the same program"
    elif verdict.cached:
        times = "executed in an earlier run"
    yield lines(
        f"wall {duration(verdict.wall_s)}, CPU {duration(verdict.cpu_s)}, "
        f"memory {size(verdict.peak_rss_bytes)}, {times}"
    )


def _show_unit_tests(verdict: Verdict) -> Iterator[RenderableType]:
    """List the unit tests, those that are not ok with the end of their traceback."""
    for evidence in verdict.evidence:
        for case in evidence.last.tests:
            yield lines(f"{case.name}: {case.status}")
            if case.trace:
                yield lines(textwrap.indent(case.trace.rstrip(), "    "))


def _show_cases(verdict: Verdict, program: Program | None) -> Iterator[RenderableType]:
    """List the cases; of each that failed, input, expected and printed output, shortened."""
    if not verdict.cases:
        return
    yield heading("cases")
    for case in verdict.cases:
        name = f" ({case.name})" if case.name else ""
        times = f"wall {duration(case.wall_s)}, CPU {duration(case.cpu_s)}, {size(case.peak_rss_bytes)}"
        detail = f": {case.detail}" if case.detail else ""
        yield lines(f"case {case.index + 1}{name}: {case.outcome}{detail}; {times}")
        if case.outcome is Outcome.PASSED or program is None or case.index >= len(program.cases):
            continue
        stated = program.cases[case.index]
        for title, text in (("input", stated.stdin), ("expected", stated.expected), ("got", case.output)):
            yield lines(f"  {title}:", textwrap.indent(_shortened(text), "    "))


def _shortened(text: str) -> str:
    """Keep the beginning of a text that is long."""
    if len(text) <= SHOWN_CHARS:
        return text.rstrip("\n") or "(nothing)"
    return f"{text[:SHOWN_CHARS]}... ({len(text):,} characters)"
