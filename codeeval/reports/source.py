"""What a report is made from: runs, opened and summed up, with their problems where these can be reached."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.errors import CodeEvalError, DataError, UsageError
from codeeval.formatting import visible
from codeeval.metrics import Tally
from codeeval.pipeline import sum_up
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from codeeval.interfaces import Benchmark
    from codeeval.metrics import Metrics, Timings
    from codeeval.records import RunConfig, RunDirectory
    from codeeval.types import Completion, Problem, Program, Prompt, Verdict

OUTCOMES: Final = tuple(Outcome)


class Origin(NamedTuple):
    """The benchmark of a run, made again: prompts and programs follow from it and the completions."""

    benchmark: Benchmark | None
    problems: Mapping[str, Problem]
    missing: str = ""
    """Why prompts and programs are not there, or are not those that the model saw."""
    own_template: bool = False
    """Whether a template of the user's own made the prompts: they cannot be made again."""

    def prompt(self, task_id: str) -> Prompt | None:
        """Render the prompt of a task."""
        problem = self.problems.get(task_id)
        if problem is None or self.benchmark is None or self.own_template:
            return None
        return self.benchmark.prompt(problem)

    def program(self, completion: Completion) -> Program | None:
        """Make the program of a completion."""
        problem = self.problems.get(completion.task_id)
        return (
            None if problem is None or self.benchmark is None else self.benchmark.program(problem, completion)
        )


class TaskView(NamedTuple):
    """One task of a run, summed up."""

    task_id: str
    planned: int
    outcomes: tuple[int, ...]
    """Samples of each outcome, in the order of ``Outcome``."""
    cpu_s: float
    """CPU time of the task's slowest sample."""
    language: str
    groups: tuple[str, ...]

    @property
    def passed(self) -> int:
        """Samples that passed."""
        return self.outcomes[0]

    @property
    def judged(self) -> int:
        """Samples with a verdict: those whose sandbox failed have none."""
        return sum(self.outcomes) - self.outcomes[-1]


class RunView(NamedTuple):
    """A run, summed up."""

    label: str
    """How the run is called throughout the report: its model, made distinct."""
    path: Path
    directory: RunDirectory
    config: RunConfig
    metrics: Metrics
    timings: Timings
    tasks: tuple[TaskView, ...]
    cpu: Mapping[Outcome, Sequence[float]]
    """CPU seconds of the executed samples, by outcome."""
    origin: Origin

    @property
    def complete(self) -> bool:
        """Whether every planned sample has a verdict."""
        return self.metrics.complete


def find_origin(benchmark: Callable[[], Benchmark], load: Callable[[Benchmark], Iterable[Problem]]) -> Origin:
    """Make a run's benchmark again, or return why that cannot be done.

    Args:
        benchmark: makes it.
        load: reads its problems.
    """
    try:
        made = benchmark()
        return Origin(made, {problem.task_id: problem for problem in load(made)})
    except CodeEvalError as error:
        return Origin(None, {}, f"Prompts and programs are not shown: {visible(error.message)}")


def read_run(directory: RunDirectory, label: str, ks: Sequence[int], origin: Origin) -> RunView:
    """Sum up a run from its records.

    Raises:
        DataError: nothing was judged yet, or a record is malformed.
    """
    config = directory.config
    tally = Tally(config.scoring, config.groups, config.candidates)
    counts = {task: [0] * len(OUTCOMES) for task in config.plan}
    longest = dict.fromkeys(config.plan, 0.0)
    cpu: dict[Outcome, list[float]] = {}
    position = {outcome: index for index, outcome in enumerate(OUTCOMES)}
    for verdict in directory.verdicts():
        tally.add(verdict)
        counts[verdict.task_id][position[verdict.outcome]] += 1
        if _was_executed(verdict):
            cpu.setdefault(verdict.outcome, []).append(verdict.cpu_s)
            longest[verdict.task_id] = max(longest[verdict.task_id], verdict.cpu_s)
    if not tally.scores.main.samples:
        raise DataError(
            f"{directory.path}: no sample was judged yet, so there is nothing to report",
            "`codeeval run` or `codeeval execute` judges; name this folder as --out.",
        )
    if origin.benchmark is not None:
        origin = _checked(config, origin)
    groups = _groups_of_tasks(config)
    timings = tally.timings(tally.usages(directory.completions()), config.price)
    return RunView(
        label=label,
        path=directory.path,
        directory=directory,
        config=config,
        metrics=sum_up(directory, tally, ks),
        timings=timings,
        tasks=tuple(
            TaskView(
                task_id=task,
                planned=planned,
                outcomes=tuple(counts[task]),
                cpu_s=longest[task],
                language=origin.problems[task].language if task in origin.problems else "",
                groups=groups.get(task, ()),
            )
            for task, planned in config.plan.items()
        ),
        cpu=cpu,
        origin=origin,
    )


def label_runs(paths: Sequence[Path], configs: Sequence[RunConfig]) -> list[str]:
    """Name runs by their models, with the folder's name where two of one benchmark have the same.

    Raises:
        UsageError: a run was named twice.
    """
    seen: set[Path] = set()
    for path in paths:
        if path.resolve() in seen:
            raise UsageError(f"{path} is named twice", "Name each run once.")
        seen.add(path.resolve())
    plain = [(config.benchmark, visible(_short(config.model.spec))) for config in configs]
    labels = [
        name if plain.count((benchmark, name)) == 1 else f"{name} · {visible(path.resolve().name)}"
        for (benchmark, name), path in zip(plain, paths, strict=True)
    ]
    keys = [(config.benchmark, label) for config, label in zip(configs, labels, strict=True)]
    return [
        label if keys.count(key) == 1 else f"{label} ({number})"
        for number, (key, label) in enumerate(zip(keys, labels, strict=True), 1)
    ]


def _short(spec: str) -> str:
    """Name a model that is a file by the file's name: its folders would push everything else aside."""
    backend, _, place = spec.partition(":")
    return f"{backend}:{PurePath(place).name}" if place.startswith((".", "/")) or backend == "file" else spec


def _was_executed(verdict: Verdict) -> bool:
    return verdict.attempts > 0 and verdict.outcome not in (Outcome.NO_CODE, Outcome.SANDBOX_ERROR)


def _checked(config: RunConfig, origin: Origin) -> Origin:
    """Report where the prompts made now are not those that the model saw."""
    first = next((task for task in config.plan if task in origin.problems), None)
    if first is None:
        return Origin(
            None, {}, "Prompts and programs are not shown: the dataset has none of this run's tasks."
        )
    if config.options.template is not None:
        own = f"a template of the user's own made them: {visible(str(config.options.template))}"
        return origin._replace(missing=f"Prompts are not shown: {own}", own_template=True)
    prompt = origin.prompt(first)
    if prompt is not None and prompt.template_hash != config.template_hash:
        changed = "The template has changed since this run: the prompts below are not what the model saw."
        return origin._replace(missing=changed)
    return origin


def _groups_of_tasks(config: RunConfig) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, tasks in config.groups.items():
        for task in tasks:
            found.setdefault(task, []).append(name)
    return {task: tuple(names) for task, names in found.items()}
