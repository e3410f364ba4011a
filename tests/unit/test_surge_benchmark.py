"""SURGE as a benchmark: prompts, groups, references, cheats, and whole runs without any sandbox."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from codeeval import benchmarks
from codeeval.benchmarks.surge.benchmark import VARIANTS, Surge
from codeeval.benchmarks.surge.constants import FREQUENT
from codeeval.benchmarks.surge.grading import FIXED, OFFICIAL
from codeeval.benchmarks.surge.grouping import COLUMNS
from codeeval.benchmarks.surge.rows import Subset
from codeeval.cli.main import run_command
from codeeval.errors import CodeEvalError, UnknownName, UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource, GradesAnswers
from codeeval.judging import has_answer, judge_answers
from codeeval.metrics import averages
from codeeval.types import Completion, CompletionKind, Outcome, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codeeval.types import Problem, Verdict

OWN = Path(benchmarks.__path__[0]) / "surge" / "golden"
"""Rows of our own in the published form."""


def load(variant: str = "", root: Path = OWN, **options: Any) -> tuple[Surge, tuple[Problem, ...]]:
    made = Surge(BenchmarkOptions(variant=variant, **options))
    return made, made.load(DataSource(root=root, offline=True)).problems


def judged(benchmark: Surge, problem: Problem, text: str) -> Verdict:
    answer = Completion(task_id=problem.task_id, sample=0, text=text, kind=CompletionKind.ANSWER)
    program = benchmark.program(problem, answer)
    return judge_answers(program, benchmark.grade(program) if has_answer(program) else None)


def test_it_grades_and_executes_nothing() -> None:
    benchmark, problems = load()
    assert isinstance(benchmark, GradesAnswers)
    assert benchmark.image == ""
    program = benchmark.program(problems[0], benchmark.reference(problems[0]))
    assert (program.steps, program.files, program.expected) == ((), (), problems[0].reference)


@pytest.mark.parametrize("variant", ["", *VARIANTS])
def test_every_variant_has_its_subset_and_columns(variant: str) -> None:
    benchmark, problems = load(variant)
    subset = variant.partition("-")[0]
    wanted = [subset] if subset in list(Subset) else list(Subset)
    assert list(dict.fromkeys(problem.task_id.split("/")[1] for problem in problems)) == wanted
    assert benchmark.scoring.columns == tuple(column for each in wanted for column in COLUMNS[Subset(each)])
    assert benchmark.name == (f"surge:{variant}" if variant else "surge")
    groups = {group for problem in problems for group in problem.groups}
    assert set(wanted) <= groups


def test_the_columns_are_those_of_the_paper() -> None:
    benchmark, _ = load()
    assert len(benchmark.scoring.columns) == 15


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"variant": "xx"}, UnknownName),
        ({"variant": "ml-xx"}, UnknownName),
        ({"split": "test"}, UnknownName),
        ({"shots": 1}, UsageError),
        ({"variant": "cot", "shots": 3}, UsageError),
    ],
)
def test_options_that_it_does_not_have(options: dict[str, Any], error: type[CodeEvalError]) -> None:
    with pytest.raises(error):
        Surge(BenchmarkOptions(**options))


@pytest.mark.parametrize(
    ("variant", "shots", "field"), [("", None, "sys_0shot"), ("", 3, "sys_3shot"), ("cot", None, "sys_cot")]
)
def test_prompts_are_the_rows_own_words(variant: str, shots: int | None, field: str) -> None:
    raw = json.loads((OWN / "ml.json").read_text("utf-8"))[0]
    benchmark, problems = load(variant, shots=shots)
    system, user = benchmark.prompt(problems[0]).messages
    assert (system.content, user.content) == (raw[field], raw["question"])
    base, problems = load(variant, shots=shots, style=PromptStyle.BASE)
    text = base.prompt(problems[0]).text
    assert text.startswith(f"{raw[field]}\n{raw['question']}\n")
    assert text.rstrip().endswith("Output:" if field == "sys_0shot" else "Thought:")


def test_references_pass_and_empty_answers_do_not() -> None:
    benchmark, problems = load()
    for problem in problems:
        reference = judged(benchmark, problem, benchmark.reference(problem).text)
        assert reference.outcome is Outcome.PASSED, problem.task_id
        for cheat in benchmark.cheats(problem):
            found = judged(benchmark, problem, cheat.completion.text)
            assert found.outcome is Outcome.WRONG_ANSWER, (problem.task_id, cheat.name)


def test_an_empty_reply_is_no_answer_but_an_empty_output_is_one() -> None:
    benchmark, problems = load("dr")
    silent = problems[0]
    assert silent.reference == ""
    assert judged(benchmark, silent, "").outcome is Outcome.NO_CODE
    assert {score.value for score in judged(benchmark, silent, "").scores} == {0.0}
    assert judged(benchmark, silent, "Output:\n").outcome is Outcome.PASSED


def test_a_reply_without_json_is_marked() -> None:
    benchmark, problems = load("fl")
    assert "no JSON object" in judged(benchmark, problems[0], "it fails in line 4").detail


def write(file: Path, answers: dict[str, str]) -> Path:
    lines = [json.dumps({"task_id": task, "completion": text}) for task, text in answers.items()]
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture
def no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"asked for the sandbox {name}")

    monkeypatch.setattr("codeeval.registry.launcher", refuse)


@pytest.fixture
def execute(
    no_sandbox: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, Any]]:
    def call(answers: dict[str, str], root: Path = OWN, benchmark: str = "surge") -> dict[str, Any]:
        file = write(tmp_path / "answers.jsonl", answers)
        arguments = ["execute", benchmark, str(file), "--out", str(tmp_path / "run"), "--json", "-q"]
        assert run_command([*arguments, "--data-root", str(root)]) == 0
        return json.loads(capsys.readouterr().out)["metrics"]  # type: ignore[no-any-return]  # JSON

    return call


def test_a_run_needs_no_sandbox_and_names_what_it_scored(
    execute: Callable[..., dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, problems = load()
    answers = {problem.task_id: f"Output:\n{problem.reference}" for problem in problems}
    answers["surge/ml/0"] = "Output:\n41"
    metrics = execute(answers)
    assert list(metrics["metrics"]) == ["fixed.score", "official.score", "pass@1"]
    assert metrics["metrics"]["fixed.score"]["value"] == pytest.approx(1 - 1 / len(problems))
    assert metrics["groups"]["ml-python"]["metrics"]["fixed.score"]["value"] == 0
    assert metrics["groups"]["fl"]["metrics"]["official.score"]["value"] == 0
    columns = [name for each in COLUMNS.values() for name in each if name in metrics["groups"]]
    official = [metrics["groups"][name]["metrics"]["official.score"]["value"] for name in columns]
    kept = [value for value in official if value]
    assert 0 in official  # zeros do not count in the published average
    assert metrics["averages"]["official"] == pytest.approx(sum(kept) / len(kept))
    fixed = [metrics["groups"][name]["metrics"]["fixed.score"]["value"] for name in columns]
    assert metrics["averages"]["fixed"] == pytest.approx(sum(fixed) / len(fixed))

    run = str(tmp_path / "run")
    assert run_command(["show", run]) == 0
    shown = capsys.readouterr().out
    assert "average" in shown
    assert all(column in shown for each in COLUMNS.values() for column in each)
    arguments = ["show", run, "--task", "surge/ml/0", "--data-root", str(OWN)]
    assert run_command(arguments) == 0
    assert "as official reads it (rule output-paragraph, metric exact)" in capsys.readouterr().out


def test_missing_rows_are_excluded_and_counted(
    execute: Callable[..., dict[str, Any]],
) -> None:
    metrics = execute({"surge/ml/0": "42", "surge/fl/1": '{"errors": [], "pass": tr'})
    assert (metrics["tasks"], metrics["dataset_tasks"]) == (2, len(load()[1]))
    assert metrics["averages"] == {"fixed": 0.5, "official": 1.0}
    assert metrics["outcomes"]["PASSED"] == metrics["outcomes"]["WRONG_ANSWER"] == 1


def test_hard_answers_get_sound_scores(execute: Callable[..., dict[str, Any]]) -> None:
    answers = {
        "surge/sc/0": "Output: [nan, 1e999]",
        "surge/tc/0": "Output: " + "1" * (1 << 20),
        "surge/bg/0": "x " * (1 << 19),
        "surge/rl/1": "ab" * (1 << 19),
        "surge/fl/0": "[" * (1 << 20),
        "surge/ml/0": "\ud800",
    }
    metrics = execute(answers)
    assert metrics["outcomes"]["WRONG_ANSWER"] == len(answers)
    assert all(0 <= each["value"] <= 1 for each in metrics["metrics"].values())


def test_an_unknown_task_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "answers.jsonl", {"surge/ml/150": "1"})
    arguments = ["execute", "surge", str(file), "--out", str(tmp_path / "run"), "--data-root", str(OWN)]
    assert run_command(arguments) == 2
    assert "surge/ml/150" in capsys.readouterr().err


def test_judging_anew_changes_nothing(
    execute: Callable[..., dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = execute({"surge/ml/0": "42", "surge/ml/1": "", "surge/bg/1": "Output: 0"})
    assert run_command(["score", str(tmp_path / "run"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["metrics"], found["rejudged"]) == (metrics, 0)
    path = tmp_path / "run" / "verdicts.jsonl"
    path.write_text(path.read_text("utf-8").replace('"outcome":"PASSED"', '"outcome":"WRONG_ANSWER"'))
    assert run_command(["score", str(tmp_path / "run"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["metrics"], found["rejudged"]) == (metrics, 1)


FORMS: dict[str, Callable[[str], str]] = {
    "bare": "{}".format,
    "plain": "Output:\n{}".format,
    "fenced": "Output:\n```\n{}\n```".format,
}


def means(root: Path, form: Callable[[str], str]) -> dict[str, dict[str, float]]:
    """Score an answer file that is perfect but for its form: subset -> scorer -> mean, in percent."""
    benchmark, problems = load(root=root)
    values: dict[str, dict[str, list[float]]] = {}
    for problem in problems:
        for score in judged(benchmark, problem, form(problem.reference)).scores:
            scorers = values.setdefault(problem.groups[0], {})
            scorers.setdefault(score.scorer, []).append(score.value)
    return {
        subset: {name: 100 * sum(each) / len(each) for name, each in scorers.items()}
        for subset, scorers in values.items()
    }


@pytest.mark.surge
@pytest.mark.parametrize(
    ("form", "ceilings"),
    [
        # the outputs of BG hold lines with the mark ``Output:``, so that they need one before them
        ("bare", {"rl": 80.87, "bg": 84.65, "dr": 90.40, "fl": 98.79}),
        ("plain", {"rl": 80.87, "bg": 100, "dr": 90.40, "fl": 0}),
        ("fenced", {"rl": 99.95, "bg": 100, "dr": 99.91, "fl": 0}),
    ],
)
def test_what_a_perfect_answer_file_scores(surge_root: Path, form: str, ceilings: dict[str, float]) -> None:
    found = means(surge_root, FORMS[form])
    for subset in ("ml", "cl", "sc", "tc"):
        assert found[subset][OFFICIAL] == 100
    for subset, ceiling in ceilings.items():
        assert found[subset][OFFICIAL] == pytest.approx(ceiling, abs=0.005), subset
    # Bare, an output of DR that is empty is no answer, and one of BG that holds the mark is cut at the last.
    fixed = {"dr": 95.5, "bg": 82.245} if form == "bare" else {}
    for subset, scores in found.items():
        assert scores[FIXED] == pytest.approx(fixed.get(subset, 100), abs=0.005), subset


@pytest.mark.surge
def test_constant_answers_score_low(surge_root: Path) -> None:
    benchmark, problems = load(root=surge_root)
    answers: Sequence[str] = ["", *FREQUENT.values()]
    most: Counter[str] = Counter()
    for text in answers:
        sums = {FIXED: 0.0, OFFICIAL: 0.0}
        for problem in problems:
            for score in judged(benchmark, problem, f"Output:\n{text}").scores:
                sums[score.scorer] += score.value / len(problems)
        most[text] = max(sums.values())  # type: ignore[assignment]  # a share
    assert max(most.values()) < 0.06, most.most_common(3)


@pytest.mark.surge
def test_doctor_passes(surge_root: Path, no_sandbox: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Every reference passes, and no answer that knows nothing does where it is wrong: 21,000 answers."""
    assert run_command(["doctor", "surge", "--data-root", str(surge_root), "--json", "-q"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["tasks"], found["failures"]) == (1160, [])
    assert len(found["controls"]) > 15


@pytest.mark.surge
def test_the_question_repeated_scores_low(surge_root: Path) -> None:
    benchmark, problems = load(root=surge_root)
    for scorer in (0, 1):
        scores = [
            judged(benchmark, problem, problem.prompt).scores[scorer].value
            for problem in problems
            if problem.groups[0] != "rl"  # seconds of edit similarity
        ]
        assert sum(scores) / len(scores) < 0.05


def test_an_average_needs_columns() -> None:
    benchmark, _ = load()
    assert averages(benchmark.scoring, {}) == {}
