"""What the page shows of one task: prompt, programs and samples, packed until it is opened."""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from codeeval.formatting import size, visible
from codeeval.pipeline.limits import with_limits
from codeeval.reports.highlight import Painted, paint, plain
from codeeval.reports.source import OUTCOMES
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.records import RunDirectory
    from codeeval.reports.source import Origin, TaskView
    from codeeval.types import Completion, Outcome, Program, Prompt, Step, Verdict

_LEVEL: Final = 6
_GZIP: Final = 16 + zlib.MAX_WBITS


class Message(msgspec.Struct, frozen=True, array_like=True):
    """A turn of the prompt."""

    role: str
    text: Painted


class SampleDetail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One sample, ready to be shown; numbers of texts point into ``TaskDetail.texts``."""

    number: int
    outcome: int | None
    """Place in ``Outcome``; None where there is no verdict yet."""
    detail: Painted = ()
    rule: str = ""
    finish: str = ""
    tokens: tuple[int, int] = (0, 0)
    latency_s: float = 0.0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    rss_bytes: int = 0
    attempts: int = 0
    completion: int | None = None
    code: int | None = None
    """None where the program's code is the completion itself, or there is none."""
    files: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """Of each file of the program its name, and the texts that it is joined from."""
    stdout: Painted = ()
    stderr: Painted = ()
    parts: tuple[tuple[str, int, Painted], ...] = ()
    """Where the benchmark has several scores: name, outcome, detail."""


class TaskDetail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One task, ready to be shown."""

    prompt: tuple[Message, ...] = ()
    missing: str = ""
    limits: tuple[str, ...] = ()
    """One line a step: what its programs may use."""
    strip: str = ""
    """Outcome of every sample, a digit each (its place in ``Outcome``), ``-`` where there is none."""
    texts: tuple[Painted, ...] = ()
    """Each text once, however many samples share it."""
    samples: tuple[SampleDetail, ...] = ()


class _Texts:
    """Keeps each text of a task once, and paints it once."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._places: dict[tuple[str, bool], int] = {}
        self.painted: list[Painted] = []

    def place(self, text: str, *, code: bool) -> int:
        """Return the number of a text."""
        key = (text, code)
        if key not in self._places:
            self._places[key] = len(self.painted)
            self.painted.append(paint(text, self._language) if code else plain(text))
        return self._places[key]


def task_detail(
    directory: RunDirectory, origin: Origin, task: TaskView, samples: Sequence[int]
) -> TaskDetail:
    """Gather what is shown of a task.

    Args:
        directory: the run's records.
        origin: its benchmark and problems.
        task: the task.
        samples: numbers of the samples to show whole, in this order.
    """
    start = directory.index(task.task_id, 0) or 0
    language = task.language or "python"
    texts = _Texts(language)
    limits: tuple[str, ...] = ()
    shown = []
    for number in samples:
        index = start + number
        completion = directory.completion(index) if directory.has_completion(index) else None
        verdict = directory.verdict(index) if directory.outcome(index) is not None else None
        program = None if completion is None else origin.program(completion)
        if program is not None:
            program = with_limits(program, directory.config.limit_options)
        if program is not None and program.steps and not limits:
            limits = tuple(_limits(step, program.output_limit(step)) for step in program.steps)
        shown.append(_sample(number, completion, verdict, program, texts))
    prompt = origin.prompt(task.task_id)
    return TaskDetail(
        prompt=() if prompt is None else _messages(prompt, language),
        missing=origin.missing,
        limits=limits,
        strip="".join(_digit(directory.outcome(start + number)) for number in range(task.planned)),
        texts=tuple(texts.painted),
        samples=tuple(shown),
    )


def pack(detail: TaskDetail) -> str:
    """Compress a task for the page, which unpacks it when it is opened: gzip, base64."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    data = msgspec.json.encode(detail)
    return base64.b64encode(packer.compress(data) + packer.flush()).decode("ascii")


def _sample(
    number: int,
    completion: Completion | None,
    verdict: Verdict | None,
    program: Program | None,
    texts: _Texts,
) -> SampleDetail:
    detail = SampleDetail(number=number, outcome=None)
    if completion is not None:
        code = program.extraction.code if program is not None else ""
        raw = completion.text
        bare = program is None or not program.steps
        detail = msgspec.structs.replace(
            detail,
            finish=completion.finish_reason.value,
            tokens=(completion.usage.prompt_tokens, completion.usage.completion_tokens),
            latency_s=completion.usage.latency_s,
            completion=texts.place(raw, code=code == raw),
            code=None if bare or code == raw else texts.place(code, code=True),
            files=() if program is None else _files(program, texts),
        )
    if verdict is not None:
        detail = msgspec.structs.replace(
            detail,
            outcome=OUTCOMES.index(verdict.outcome),
            detail=plain(verdict.detail),
            rule=visible(verdict.rule),
            wall_s=verdict.wall_s,
            cpu_s=verdict.cpu_s,
            rss_bytes=verdict.peak_rss_bytes,
            attempts=verdict.attempts,
            stdout=plain(verdict.stdout),
            stderr=plain(verdict.stderr),
            parts=tuple(
                (visible(part.name), OUTCOMES.index(part.outcome), plain(part.detail))
                for part in verdict.parts
            ),
        )
    return detail


def _files(program: Program, texts: _Texts) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Split each file around the sample's own code: the code before and after is the same for all."""
    code = program.extraction.code
    files = []
    for file in program.files:
        before, found, after = file.content.partition(code) if code else (file.content, "", "")
        places = tuple(texts.place(text, code=True) for text in (before, found, after) if text)
        files.append((visible(file.path), places))
    return tuple(files)


def _messages(prompt: Prompt, language: str) -> tuple[Message, ...]:
    match prompt.style:
        case PromptStyle.BASE:
            return (Message("text", paint(prompt.text, language)),)
        case PromptStyle.CHAT:
            turns = [Message(message.role.value, plain(message.content)) for message in prompt.messages]
            if prompt.prefill:
                turns.append(Message("start of the answer", plain(prompt.prefill)))
            return tuple(turns)
        case unreachable:
            assert_never(unreachable)


def _limits(step: Step, output_bytes: int | None) -> str:
    limits = step.limits
    return (
        f"{step.name}: CPU {limits.cpu_s:g} s, wall {limits.wall_s:g} s, "
        f"memory {size(limits.memory_bytes)}, output {size(output_bytes) if output_bytes else 'unlimited'}"
    )


def _digit(outcome: Outcome | None) -> str:
    return "-" if outcome is None else str(OUTCOMES.index(outcome))
