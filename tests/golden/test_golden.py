"""The golden files of the benchmarks: prompts byte for byte, extracted code, and outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codeeval import benchmarks, registry
from codeeval.benchmarks.bigcodebench.benchmark import BigCodeBench
from codeeval.benchmarks.common.golden import GoldenProgram, GoldenPrompt, read
from codeeval.benchmarks.fstar.benchmark import FStar
from codeeval.benchmarks.humaneval.benchmark import HumanEval
from codeeval.benchmarks.lean.benchmark import Lean
from codeeval.benchmarks.mbpp.benchmark import Mbpp
from codeeval.benchmarks.mbxp.benchmark import Mbxp
from codeeval.benchmarks.multipl_e.benchmark import MultiplE
from codeeval.benchmarks.pro.benchmark import BigCodeBenchLitePro, HumanEvalPro, MbppPro
from codeeval.benchmarks.surge.benchmark import Surge
from codeeval.benchmarks.surrogate.benchmark import InputPrediction, OutputPrediction
from codeeval.errors import DataError
from codeeval.interfaces import Benchmark, BenchmarkOptions, DataSource, SandboxOptions
from codeeval.judging import has_answer, judge, judge_answers
from codeeval.sandboxes.pool import Pool
from codeeval.types import Completion, CompletionOrigin, Outcome, Problem, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable

BOTH = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
]
FACTORIES = {
    "bigcodebench": BigCodeBench,
    "fstar": FStar,
    "humaneval": HumanEval,
    "lean": Lean,
    "mbpp": Mbpp,
    "mbxp": Mbxp,
    "multipl-e": MultiplE,
    "humaneval-pro": HumanEvalPro,
    "mbpp-pro": MbppPro,
    "bigcodebench-lite-pro": BigCodeBenchLitePro,
    "surge": Surge,
    "surrogate": OutputPrediction,
    "surrogate-input": InputPrediction,
}


def load(
    name: str, root: Path | None, style: PromptStyle, shots: int | None
) -> tuple[Benchmark, dict[str, Problem]]:
    family, _, variant = name.partition(":")
    benchmark = FACTORIES[family](BenchmarkOptions(variant=variant, style=style, shots=shots))
    loaded = benchmark.load(DataSource(root=root, offline=True))
    return benchmark, {problem.task_id: problem for problem in loaded.problems}


def check(family: str, root: Path | None) -> None:
    cases = read(Path(benchmarks.__path__[0]) / family / "golden" / "cases.jsonl")
    assert {type(case) for case in cases} == {GoldenPrompt, GoldenProgram}
    for case in cases:
        match case:
            case GoldenPrompt():
                benchmark, problems = load(case.benchmark, root, case.style, case.shots)
                prompt = benchmark.prompt(problems[case.task_id])
                assert (prompt.text, prompt.messages) == (case.text, case.messages), case.task_id
            case GoldenProgram():
                benchmark, problems = load(case.benchmark, root, PromptStyle.CHAT, None)
                completion = sampled(case)
                program = benchmark.program(problems[case.task_id], completion)
                assert program.extraction.rule == case.rule, case.note
                found = bool(program.steps) or has_answer(program)
                assert found == (case.outcome is not Outcome.NO_CODE), case.note


def sampled(case: GoldenProgram) -> Completion:
    """Make the completion of a case, as a samples file would have it."""
    return Completion(
        task_id=case.task_id, sample=0, text=case.text, kind=case.kind, origin=CompletionOrigin.FILE
    )


def test_humaneval() -> None:
    check("humaneval", None)


def test_surrogate() -> None:
    check("surrogate", None)


def test_lean() -> None:
    check("lean", Path(benchmarks.__path__[0]) / "lean" / "golden")


def test_multipl_e() -> None:
    check("multipl_e", None)


def test_surge() -> None:
    golden = Path(benchmarks.__path__[0]) / "surge" / "golden"
    check("surge", golden)
    for case in read(golden / "cases.jsonl"):
        if isinstance(case, GoldenProgram):
            benchmark, problems = load(case.benchmark, golden, PromptStyle.CHAT, None)
            assert isinstance(benchmark, Surge)
            completion = sampled(case)
            program = benchmark.program(problems[case.task_id], completion)
            verdict = judge_answers(program, benchmark.grade(program) if has_answer(program) else None)
            assert verdict.outcome is case.outcome, (case.note, verdict.detail)


@pytest.mark.data
def test_mbxp(data_root: Path) -> None:
    check("mbxp", data_root)


@pytest.mark.fstar_recordings
def test_fstar(fstar_recordings: Path) -> None:
    check("fstar", fstar_recordings)


@pytest.mark.data
def test_mbpp(data_root: Path) -> None:
    check("mbpp", data_root)


@pytest.mark.data
def test_pro(data_root: Path) -> None:
    check("pro", data_root)


@pytest.mark.data
def test_bigcodebench(data_root: Path) -> None:
    check("bigcodebench", data_root)


def check_outcomes(family: str, root: Path | None, sandbox: str, image: str = "python") -> None:
    cases = read(Path(benchmarks.__path__[0]) / family / "golden" / "cases.jsonl")
    pool = Pool(registry.launcher(sandbox), SandboxOptions(image=image, run_id="tests"), 1)
    pool.start()
    try:
        for case in cases:
            if isinstance(case, GoldenProgram):
                benchmark, problems = load(case.benchmark, root, PromptStyle.CHAT, None)
                completion = sampled(case)
                program = benchmark.program(problems[case.task_id], completion)
                execution = pool.submit(program).result() if program.steps else None
                verdict = judge(program, execution)
                assert verdict.outcome is case.outcome, (case.note, verdict.detail)
    finally:
        pool.close()


@pytest.mark.parametrize("sandbox", BOTH)
def test_outcomes_of_humaneval(sandbox: str) -> None:
    check_outcomes("humaneval", None, sandbox)


@pytest.mark.parametrize("sandbox", BOTH)
def test_outcomes_of_surrogate(sandbox: str) -> None:
    check_outcomes("surrogate", None, sandbox)


@pytest.mark.data
@pytest.mark.parametrize("sandbox", BOTH)
def test_outcomes_of_mbpp(sandbox: str, data_root: Path) -> None:
    check_outcomes("mbpp", data_root, sandbox)


@pytest.mark.data
@pytest.mark.parametrize("sandbox", BOTH)
def test_outcomes_of_pro(sandbox: str, data_root: Path) -> None:
    check_outcomes("pro", data_root, sandbox)


@pytest.mark.data
@pytest.mark.parametrize("sandbox", BOTH)
def test_outcomes_of_bigcodebench(sandbox: str, data_root: Path) -> None:
    """Its cases need no library, so any Python image will do."""
    check_outcomes("bigcodebench", data_root, sandbox)


@pytest.mark.parametrize("sandbox", BOTH)
def test_outcomes_of_multipl_e(sandbox: str) -> None:
    check_outcomes("multipl_e", None, sandbox)


@pytest.mark.data
@pytest.mark.docker
def test_outcomes_of_mbxp(data_root: Path, demand_image: Callable[[str], None]) -> None:
    demand_image("ruby")
    check_outcomes("mbxp", data_root, "docker", "ruby")


def test_a_malformed_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text('{"type":"prompt","benchmark":"b","task_id":"t","style":"base"}\n{"type":"nothing"}\n')
    with pytest.raises(DataError, match=r"cases\.jsonl:2: "):
        read(file)
