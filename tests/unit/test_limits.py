"""Limits that a user sets: where they apply, what ``run.json`` states, and what a difference comes to."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

import click
import msgspec
import pytest
from pipeline_fakes import LIMITS, FakeBenchmark
from support.runs import run_config

from codeeval.cli.main import run_command
from codeeval.comparison import setting_differences
from codeeval.errors import RunMismatch
from codeeval.pipeline import Verifier
from codeeval.pipeline.limits import DEFAULT_LIMITS, limits_by_language, scaled, with_limits
from codeeval.records import RunDirectory, SandboxInfo
from codeeval.sandboxes.protocol import request_of
from codeeval.types import (
    COMPARED_BYTES,
    CallsStep,
    Case,
    CommandStep,
    Execution,
    Extraction,
    Forbidden,
    LimitOptions,
    Limits,
    Oracle,
    Problem,
    Program,
    ProofStep,
    Step,
    StepResult,
    StepStatus,
    StreamName,
)
from codeeval.types.program import SEARCHED_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.records import RunConfig

COMPILE = CommandStep(
    name="compile",
    argv=("cc",),
    limits=Limits(cpu_s=15.0, wall_s=60.0, memory_bytes=1536 << 20),
)
RUN = CommandStep(name="run", argv=("./main",), limits=Limits(cpu_s=3.0, wall_s=15.0))
CALLS = CallsStep(
    name="run",
    program="s.py",
    inputs="i.json",
    entry_point="f",
    limits=Limits(cpu_s=13.0, wall_s=65.0),
    call_cpu_s=(4.0, 2.0),
)
RULE = Forbidden(name="says FAIL", stream=StreamName.STDOUT, pattern="FAIL")
PROOF = ProofStep(name="prove", theorem="x", limits=Limits(cpu_s=300.0, wall_s=300.0))


def program(*steps: Step) -> Program:
    return Program(
        task_id="t",
        sample=0,
        language="c",
        image="gcc",
        extraction=Extraction(rule="as-is", code="x"),
        steps=steps,
    )


def limited(step: Step, **options: float) -> Limits:
    made = with_limits(program(COMPILE, step), LimitOptions(**options))  # type: ignore[arg-type]
    assert with_limits(made, LimitOptions(**options)) == made, "twice is once"  # type: ignore[arg-type]
    return made.steps[1].limits


def test_without_options_a_program_stays_as_it_is() -> None:
    made = program(COMPILE, RUN)
    assert with_limits(made, DEFAULT_LIMITS) is made


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"cpu_s": 12.0}, Limits(cpu_s=12.0, wall_s=60.0)),  # the guard on wall time rises with it
        ({"cpu_s": 1.0}, Limits(cpu_s=1.0, wall_s=15.0)),
        ({"wall_s": 2.0}, Limits(cpu_s=3.0, wall_s=2.0)),
        ({"cpu_s": 12.0, "wall_s": 20.0}, Limits(cpu_s=12.0, wall_s=20.0)),
        ({"memory_bytes": 2 << 30}, Limits(cpu_s=3.0, wall_s=15.0, memory_bytes=2 << 30)),
        ({"output_bytes": 4096}, Limits(cpu_s=3.0, wall_s=15.0, output_bytes=4096)),
    ],
)
def test_a_run_gets_the_limits_that_were_set(options: dict[str, float], expected: Limits) -> None:
    assert limited(RUN, **options) == expected


def test_compilation_keeps_its_limits_but_may_use_as_much_memory() -> None:
    more = with_limits(program(COMPILE, RUN), LimitOptions(cpu_s=1.0, wall_s=1.0, memory_bytes=4 << 30))
    assert more.steps[0].limits == msgspec.structs.replace(COMPILE.limits, memory_bytes=4 << 30)
    less = with_limits(program(COMPILE, RUN), LimitOptions(memory_bytes=1 << 20))
    assert less.steps[0].limits == COMPILE.limits


@pytest.mark.parametrize(
    ("oracle", "own", "forbidden", "expected"),
    [
        (Oracle.COMPLETED, None, (), None),
        (Oracle.EXIT_STATUS, None, (), None),
        (Oracle.STDOUT, None, (), COMPARED_BYTES),
        (Oracle.CASES, None, (), COMPARED_BYTES),
        (Oracle.COMPLETED, 4096, (), 4096),
        (Oracle.STDOUT, 4096, (), 4096),
        (Oracle.COMPLETED, None, (RULE,), SEARCHED_BYTES),
    ],
)
def test_output_is_limited_only_where_it_decides(
    oracle: Oracle, own: int | None, forbidden: tuple[Forbidden, ...], expected: int | None
) -> None:
    run = msgspec.structs.replace(
        RUN, forbidden=forbidden, limits=msgspec.structs.replace(RUN.limits, output_bytes=own)
    )
    made = msgspec.structs.replace(program(COMPILE, run), oracle=oracle)
    assert [made.output_limit(step) for step in made.steps] == [None, expected]
    request, _ = request_of(made)
    assert [step.limits.output_bytes for step in request.steps] == [None, expected]


def test_each_call_gets_the_limit_and_all_together_in_proportion() -> None:
    step = with_limits(program(CALLS), LimitOptions(cpu_s=8.0)).steps[0]
    assert step.call_cpu_s == (8.0,)
    assert (step.limits.cpu_s, step.limits.wall_s) == (26.0, 130.0)
    assert limited(CALLS, cpu_s=8.0).cpu_s == 26.0
    without = msgspec.structs.replace(CALLS, call_cpu_s=())
    assert limited(without, cpu_s=8.0).cpu_s == 8.0


def test_a_case_with_limits_of_its_own_gets_those_that_were_set() -> None:
    own = Limits(cpu_s=1.0, wall_s=2.0)
    made = msgspec.structs.replace(program(RUN), oracle=Oracle.CASES, cases=(Case(limits=own), Case()))
    changed = with_limits(made, LimitOptions(cpu_s=2.0, memory_bytes=1 << 20))
    assert changed.cases == (Case(limits=Limits(cpu_s=2.0, wall_s=4.0, memory_bytes=1 << 20)), Case())


def test_limits_of_a_slower_machine_are_longer() -> None:
    calls = CallsStep(
        name="run",
        program="p",
        inputs="i",
        entry_point="f",
        call_cpu_s=(2.0,),
        limits=Limits(cpu_s=8, wall_s=9),
    )
    step = scaled(program(calls), 1.5).steps[0]
    assert isinstance(step, CallsStep)
    assert (step.limits.cpu_s, step.limits.wall_s, step.call_cpu_s) == (12.0, 13.5, (3.0,))
    case = Case(stdin="", limits=Limits(cpu_s=1, wall_s=4))
    command = CommandStep(name="run", argv=("true",), limits=LIMITS)
    cases = msgspec.structs.replace(program(command), cases=(case,), oracle=Oracle.CASES)
    assert scaled(cases, 0.5).cases[0].limits == Limits(cpu_s=0.5, wall_s=2.0)


def test_a_proof_gets_the_wall_time_that_was_set() -> None:
    assert limited(PROOF, wall_s=600.0).wall_s == 600.0


@pytest.mark.parametrize("options", [{"cpu_s": 0.0}, {"wall_s": -1.0}, {"memory_bytes": 0}])
def test_a_limit_of_nothing_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        LimitOptions(**options)  # type: ignore[arg-type]


class ManyLanguages(FakeBenchmark):
    """Programs with limits by language and task."""

    def program(self, problem: Problem, completion: object) -> Program:
        del completion
        number = float(problem.task_id.rpartition("/")[2])
        step = msgspec.structs.replace(RUN, limits=Limits(cpu_s=number + 1, wall_s=60.0))
        return msgspec.structs.replace(program(step), task_id=problem.task_id)


def many_languages() -> ManyLanguages:
    benchmark = ManyLanguages(6)
    benchmark.problems = tuple(
        msgspec.structs.replace(problem, language=("rust", "go", "lua")[index % 3])
        for index, problem in enumerate(benchmark.problems)
    )
    return benchmark


def test_limits_are_stated_by_language_whatever_tasks_are_selected() -> None:
    benchmark = many_languages()
    every = benchmark.problems
    found = limits_by_language(benchmark, every, every, DEFAULT_LIMITS)
    assert {language: limits.cpu_s for language, limits in found.items()} == {"rust": 1, "go": 2, "lua": 3}
    late = limits_by_language(benchmark, every, every[4:], DEFAULT_LIMITS)
    assert late == {language: found[language] for language in ("go", "lua")}
    changed = limits_by_language(benchmark, every, every, LimitOptions(cpu_s=9.0))
    assert {limits.cpu_s for limits in changed.values()} == {9.0}
    benchmark.image = ""
    assert limits_by_language(benchmark, every, every, DEFAULT_LIMITS) == {}


class WatchedPool:
    """Remembers the limits of what it is handed."""

    size = 1

    def __init__(self) -> None:
        self.limits: list[Limits] = []

    def submit(self, program: Program) -> Future[Execution]:
        self.limits.append(program.steps[-1].limits)
        future: Future[Execution] = Future()
        result = StepResult(name="run", status=StepStatus.EXITED, completed=True)
        future.set_result(Execution(task_id=program.task_id, sample=program.sample, steps=(result,)))
        return future

    submit_alone = submit


def test_limits_apply_wherever_a_verdict_is_made() -> None:
    pool = WatchedPool()
    verifier = Verifier(pool, FakeBenchmark(1), limits=LimitOptions(cpu_s=9.0))
    verdict = verifier.submit(program(RUN)).result()
    assert verdict.evidence[0].limits.cpu_s == 9.0
    verifier.examine(program(RUN)).result()
    verifier.attempt(program(RUN)).result()
    list(verifier.each([program(RUN)]))
    assert {limits.cpu_s for limits in pool.limits} == {9.0}
    assert len(pool.limits) == 4
    verifier.execute(program(RUN)).result()
    assert pool.limits[-1] == RUN.limits, "what establishes expected outputs keeps its own"


DOCKER = SandboxInfo(launcher="docker")
SET = LimitOptions(cpu_s=10.0)


def config(**overrides: object) -> RunConfig:
    return run_config("b", {"t": 1}, **{"sandbox": DOCKER, "limits": {"python": LIMITS}} | overrides)


def resume(path: Path, here: RunConfig) -> RunConfig:
    with RunDirectory.create(path, here, ["t"]) as directory:
        return directory.config


def test_a_run_is_not_resumed_with_other_limits(tmp_path: Path) -> None:
    resume(tmp_path, config())
    resume(tmp_path, config())
    other = msgspec.structs.replace(LIMITS, cpu_s=10.0)
    with pytest.raises(RunMismatch, match=r"limits\.python\.cpu_s") as caught:
        resume(tmp_path, config(limits={"python": other}, limit_options=SET))
    assert "limit_options" not in caught.value.message, "one difference is named once"
    with pytest.raises(
        RunMismatch, match=r"limit_options\.cpu_s"
    ):  # other tasks' limits may have been others
        resume(tmp_path, config(limit_options=LimitOptions(cpu_s=LIMITS.cpu_s)))
    with pytest.raises(RunMismatch, match=r"limits\.python\.memory_bytes"):  # a default on one side
        resume(tmp_path, config(limits={"python": msgspec.structs.replace(LIMITS, memory_bytes=2 << 30)}))


def test_whole_seconds_are_the_same_when_read_back(tmp_path: Path) -> None:
    whole = {"python": Limits(cpu_s=300, wall_s=300)}
    resume(tmp_path, config(limits=whole))
    resume(tmp_path, config(limits=whole))


def test_more_languages_may_join_a_run(tmp_path: Path) -> None:
    resume(tmp_path, config())
    assert resume(tmp_path, config(limits={"rust": LIMITS})).limits == {"python": LIMITS, "rust": LIMITS}


def test_what_was_generated_may_be_executed_with_any_limits(tmp_path: Path) -> None:
    resume(tmp_path, config(sandbox=None, limits={}))
    done = resume(tmp_path, config(limit_options=SET))
    assert (done.limits, done.limit_options) == ({"python": LIMITS}, SET)
    assert resume(tmp_path, config(sandbox=None, limits={})).limit_options == SET, (
        "generating needs no limits"
    )


def test_a_comparison_names_limits_of_the_languages_in_common() -> None:
    other = msgspec.structs.replace(LIMITS, cpu_s=10.0)
    found = setting_differences([config(), config(limits={"python": other}, limit_options=SET)])
    assert [(each.area.value, each.name) for each in found] == [("limits", "limits.python.cpu_s")]
    assert setting_differences([config(), config(limits={"python": LIMITS, "rust": other})]) == ()
    assert setting_differences([config(), config(limits={"": other})]) == ()  # of a run of schema 1
    assert [each.name for each in setting_differences([config(), config(limit_options=SET)])] == [
        "limit_options.cpu_s"
    ]


@pytest.mark.parametrize(
    "command",
    [
        ("run", "humaneval", "--model", "reference:"),
        ("execute", "humaneval", "samples.jsonl"),
        ("doctor", "humaneval"),
        ("surge", "verify", "--out", "results"),
    ],
)
@pytest.mark.parametrize(
    ("option", "value"),
    [("--cpu-limit", "0"), ("--wall-limit", "x"), ("--memory-limit", "12"), ("--memory-limit", "0GB")],
)
def test_malformed_limits_are_usage_errors(
    command: tuple[str, ...], option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command([*command, option, value]) == 2
    assert option in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "size"),
    [("512MB", 512_000_000), ("2GiB", 2 << 30), ("1.5 gib", 3 << 29), ("64KiB", 1 << 16), ("100B", 100)],
)
def test_sizes_have_units(text: str, size: int) -> None:
    from codeeval.cli.options import limit_options  # noqa: PLC0415 -- the option's own parser

    @click.command()
    @limit_options
    def command(limits: LimitOptions) -> LimitOptions:
        return limits

    assert command.main(["--memory-limit", text], standalone_mode=False) == LimitOptions(memory_bytes=size)
