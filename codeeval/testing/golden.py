"""Golden files: ``<family>/golden/cases.jsonl``, one case a line, told apart by ``type``.

``prompt`` cases pin a prompt byte for byte; ``program`` cases pin how code is extracted from a completion
and the outcome that executing the program must have.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from codeeval import registry
from codeeval.errors import DataError
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.judging import has_answer
from codeeval.pipeline.verifier import Verifier
from codeeval.session.hooks import no_notes
from codeeval.session.sandboxes import open_pool
from codeeval.session.settings import SandboxSettings
from codeeval.testing.account import Account
from codeeval.types import Completion, CompletionKind, CompletionOrigin, Message, Outcome, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from codeeval.interfaces import Benchmark, BenchmarkFactory
    from codeeval.types import Problem, Program


class GoldenPrompt(msgspec.Struct, frozen=True, kw_only=True, tag="prompt", omit_defaults=True):
    """A task's prompt under one set of options; None takes the protocol's own value."""

    benchmark: str
    task_id: str
    style: PromptStyle
    shots: int | None = None
    text: str = ""
    messages: tuple[Message, ...] = ()


class GoldenProgram(msgspec.Struct, frozen=True, kw_only=True, tag="program", omit_defaults=True):
    """A completion, the rule that extracts its code, and the outcome of its program."""

    benchmark: str
    task_id: str
    kind: CompletionKind
    text: str
    rule: str
    outcome: Outcome
    note: str = ""
    protocol: str = ""
    """Empty for the benchmark's first, the official one."""


GoldenCase = GoldenPrompt | GoldenProgram


def read(path: Path) -> tuple[GoldenCase, ...]:
    """Read a golden file.

    Raises:
        DataError: a line is malformed (says which).
    """
    cases: list[GoldenCase] = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            cases.append(msgspec.json.decode(line, type=GoldenPrompt | GoldenProgram))
        except msgspec.DecodeError as error:
            raise DataError(f"{path}:{number}: {error}", "Each line is one case.") from error
    return tuple(cases)


def check_golden(
    path: Path,
    *,
    data: DataSource = DataSource(offline=True),
    sandbox: str = "",
    factories: Mapping[str, BenchmarkFactory] = MappingProxyType({}),
) -> None:
    """Compare a benchmark with its golden file: prompts byte for byte, extracted code, outcomes.

    Args:
        path: the file.
        data: where the datasets of its benchmarks come from.
        sandbox: execute its programs in sandboxes of this kind; empty for not executing anything.
        factories: make benchmarks that are not installed, by name without the variant.

    Raises:
        AssertionError: something differs; the text lists what.
        DataError: a line is malformed (says which), or a dataset cannot be read.
    """
    account = Account(f"the golden file {path}")
    cases = read(path)
    account.expect(any(isinstance(case, GoldenPrompt) for case in cases), "it pins no prompt")
    account.expect(any(isinstance(case, GoldenProgram) for case in cases), "it pins no program")
    bench = _Bench(data, factories)
    made: list[tuple[GoldenProgram, Benchmark, Program]] = []
    for case in cases:
        where = f"{case.benchmark} {case.task_id}"
        match case:
            case GoldenPrompt():
                benchmark, problem = bench.task(case, case.style, case.shots)
                prompt = benchmark.prompt(problem)
                same = (prompt.text, prompt.messages) == (case.text, case.messages)
                account.expect(same, f"{where}: the {case.style.value} prompt differs")
            case GoldenProgram():
                benchmark, problem = bench.task(case, PromptStyle.CHAT, None, case.protocol)
                completion = Completion(
                    task_id=case.task_id,
                    sample=0,
                    text=case.text,
                    kind=case.kind,
                    origin=CompletionOrigin.FILE,
                )
                program = benchmark.program(problem, completion)
                rule = program.extraction.rule
                where = f"{where} ({case.note or case.rule})"
                account.expect(rule == case.rule, f"{where}: the rule is {rule!r}, not {case.rule!r}")
                found = bool(program.steps) or has_answer(program)
                wanted = case.outcome is not Outcome.NO_CODE
                account.expect(found == wanted, f"{where}: code is{'' if found else ' not'} found")
                made.append((case, benchmark, program))
    if sandbox:
        _check_outcomes(account, made, sandbox)
    account.close()


class _Bench:
    """Benchmarks with their problems, each loaded once."""

    def __init__(self, data: DataSource, factories: Mapping[str, BenchmarkFactory]) -> None:
        self._data = data
        self._factories = factories
        self._loaded: dict[tuple[str, BenchmarkOptions], tuple[Benchmark, dict[str, Problem]]] = {}

    def task(
        self, case: GoldenCase, style: PromptStyle, shots: int | None, protocol: str = ""
    ) -> tuple[Benchmark, Problem]:
        family, _, variant = case.benchmark.partition(":")
        options = BenchmarkOptions(variant=variant, style=style, shots=shots, protocol=protocol)
        if (family, options) not in self._loaded:
            factory = self._factories.get(family) or registry.benchmark_factory(family)
            benchmark = factory(options)
            problems = {each.task_id: each for each in benchmark.load(self._data).problems}
            self._loaded[family, options] = benchmark, problems
        benchmark, problems = self._loaded[family, options]
        assert case.task_id in problems, f"{case.benchmark} has no task {case.task_id}"  # noqa: S101 -- the check
        return benchmark, problems[case.task_id]


def _check_outcomes(
    account: Account, made: Sequence[tuple[GoldenProgram, Benchmark, Program]], sandbox: str
) -> None:
    images = tuple(dict.fromkeys(program.image for _, _, program in made if program.steps))
    with open_pool(images, SandboxSettings(sandbox=sandbox), no_notes) as opened:
        for case, benchmark, program in made:
            verdict = Verifier(opened.pool, benchmark).submit(program).result()
            account.expect(
                verdict.outcome is case.outcome,
                f"{case.benchmark} {case.task_id} ({case.note or case.rule}): must be {case.outcome.value}, "
                f"is {verdict.outcome.value} {verdict.detail}".rstrip(),
            )
