"""What works on this machine, and whether a benchmark is sound on it."""

from __future__ import annotations

import enum
import importlib.util
import platform
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval import __version__, registry
from codeeval.datasets import network_trouble
from codeeval.errors import CodeEvalError, TooManySandboxErrors
from codeeval.interfaces import BenchmarkOptions, LacksReferences, ModelInfo, SandboxOptions
from codeeval.judging import judge
from codeeval.languages import LANGUAGES, PYTHON, Language, self_test_program
from codeeval.models.pull import list_models
from codeeval.pipeline import RunOptions, make_config, plan_samples, run
from codeeval.records import RunDirectory
from codeeval.sandboxes.images import catalogue
from codeeval.types import Outcome, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.config import Settings
    from codeeval.interfaces import Benchmark, DataSource, LoadedProblems, SandboxLauncher
    from codeeval.pipeline import ProgramPool, Progress
    from codeeval.records import SandboxInfo
    from codeeval.types import Completion, Problem, Prompt, Sampling, Verdict

LITTLE_DISK_BYTES: Final = 2_000_000_000
"""Free space below which an image or a model may not fit."""
NETWORK_S: Final = 2.0
"""Longest wait for the Hub to say anything at all."""
REFERENCE: Final = "reference solution"
IMAGE: Final = "image in "


class Health(enum.StrEnum):
    """How a part of the machine is."""

    WORKS = "works"
    MISSING = "missing"
    """Not there; what needs it does not run."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the machine."""

    area: str
    name: str
    health: Health
    detail: str
    remedy: str = ""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A control that came out wrong: a reference that did not pass, or a cheat that did."""

    task_id: str
    control: str
    """``reference solution``, or the cheat's name."""
    outcome: Outcome
    detail: str


class ControlCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often one control was tried, and how often it came out as it must."""

    control: str
    tried: int
    right: int
    outcomes: dict[str, int]


class Soundness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether references pass and cheats fail, here and now."""

    benchmark: str
    tasks: int
    controls: tuple[ControlCount, ...]
    failures: tuple[Failure, ...]

    @property
    def sound(self) -> bool:
        """Whether every control came out as it must."""
        return not self.failures


LANGUAGES_IN: Final = "docker"
"""The sandbox that has languages other than Python."""


def check_machine(settings: Settings, source: DataSource) -> Iterator[Check]:
    """Look at everything that a run may need, one part at a time; never raises for what is missing.

    Where the Hub does not answer, datasets are looked for below the data root and in the caches alone.
    """
    yield Check(
        area="codeeval",
        name="version",
        health=Health.WORKS,
        detail=f"{__version__} on Python {platform.python_version()}, {platform.machine()}",
    )
    for name in registry.names(registry.Group.SANDBOXES):
        yield from _check_sandbox(name)
    if not source.offline:
        network = _check_network()
        yield network
        source = msgspec.structs.replace(source, offline=network.health is Health.MISSING)
    for name in registry.names(registry.Group.BENCHMARKS):
        yield _check_dataset(name, source)
    yield from _check_models(settings)
    for what, folder in (("work folder", Path.cwd()), ("cache", settings.cache_dir)):
        yield _check_disk(what, folder)


def can_run(checks: Sequence[Check]) -> bool:
    """Whether there is what a run cannot do without: a sandbox with an image, and a dataset."""
    working = {check.area for check in checks if check.health is Health.WORKS}
    return "dataset" in working and any(area.startswith(IMAGE) for area in working)


def _check_sandbox(name: str) -> Iterator[Check]:
    try:
        launcher = registry.launcher(name)
        engine = launcher.probe()
    except CodeEvalError as error:
        yield _missing("sandbox", name, error)
        return
    yield Check(area="sandbox", name=name, health=Health.WORKS, detail=engine)
    own = [image.name for image in catalogue().images.values() if image.launcher == name]
    for image in own or [PYTHON.image]:
        yield _check_image(launcher, image)
    if name == LANGUAGES_IN:
        yield from _check_languages(launcher)


def _check_languages(launcher: SandboxLauncher) -> Iterator[Check]:
    """Say which languages have their image and which lack it; starting them all would take many seconds."""
    others = [language for language in LANGUAGES.values() if language.image != PYTHON.image]
    built = {image: _has_image(launcher, image) for image in sorted({each.image for each in others})}
    area = f"languages {launcher.name}"
    there = [language.id for language in others if built[language.image]]
    absent = [language.id for language in others if not built[language.image]]
    if there:
        yield Check(
            area=area,
            name=f"{len(there)} of {len(others)}",
            health=Health.WORKS,
            detail=f"image built: {', '.join(there)}; `codeeval sandbox check` tests them",
        )
    if absent:
        yield Check(
            area=area,
            name=f"{len(absent)} of {len(others)}",
            health=Health.MISSING,
            detail=f"no image: {', '.join(absent)}",
            remedy="They need Docker and their image: codeeval sandbox build LANGUAGE, or --all.",
        )


def _has_image(launcher: SandboxLauncher, image: str) -> bool:
    try:
        launcher.describe(SandboxOptions(image=image))
    except CodeEvalError:
        return False
    return True


def _check_image(launcher: SandboxLauncher, image: str) -> Check:
    """Start a sandbox of an image and ask what is inside."""
    area = f"{IMAGE}{launcher.name}"
    try:
        sandbox = launcher.launch(SandboxOptions(image=image, run_id="doctor"))
    except CodeEvalError as error:
        return _missing(area, image, error)
    try:
        tools = ", ".join(f"{tool} {version}" for tool, version in sandbox.toolchain.items())
    finally:
        sandbox.close()
    return Check(area=area, name=image, health=Health.WORKS, detail=tools)


def _check_network() -> Check:
    if trouble := network_trouble(NETWORK_S):
        return Check(
            area="network",
            name="Hugging Face Hub",
            health=Health.MISSING,
            detail=trouble,
            remedy="Datasets come from --data-root DIR or the cache then; --offline does not ask at all.",
        )
    return Check(area="network", name="Hugging Face Hub", health=Health.WORKS, detail="answers")


def _check_dataset(name: str, source: DataSource) -> Check:
    try:
        identity = registry.benchmark_factory(name)(BenchmarkOptions()).load(source).identity
    except CodeEvalError as error:
        return _missing("dataset", name, error)
    detail = f"{identity.rows} rows of {identity.id} {identity.split} ({identity.revision})"
    return Check(area="dataset", name=name, health=Health.WORKS, detail=detail)


def _check_models(settings: Settings) -> Iterator[Check]:
    if importlib.util.find_spec("xllamacpp") is None:
        yield Check(
            area="model",
            name="local",
            health=Health.MISSING,
            detail="the package xllamacpp is not installed",
            remedy="pip install 'codeeval[local]'",
        )
    for model in list_models(settings.cache_dir):
        here = model.path is not None
        yield Check(
            area="model",
            name=f"local:{model.name}",
            health=Health.WORKS if here else Health.MISSING,
            detail=str(model.path) if here else f"its weights are not in {settings.cache_dir}",
            remedy="" if here else f"codeeval models pull {model.name}",
        )
    yield Check(
        area="model",
        name="openai",
        health=Health.WORKS if settings.openai_api_key else Health.MISSING,
        detail="OPENAI_API_KEY is set" if settings.openai_api_key else "OPENAI_API_KEY is not set",
        remedy="" if settings.openai_api_key else "Only servers that ask for a key need it.",
    )


def _check_disk(what: str, folder: Path) -> Check:
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{free / 1e9:.1f} GB free at {folder}"
    if free < LITTLE_DISK_BYTES:
        remedy = "Free some space: images and models take up to 2 GB."
        return Check(area="disk", name=what, health=Health.MISSING, detail=detail, remedy=remedy)
    return Check(area="disk", name=what, health=Health.WORKS, detail=detail)


def _missing(area: str, name: str, error: CodeEvalError) -> Check:
    return Check(area=area, name=name, health=Health.MISSING, detail=error.message, remedy=error.remedy)


def check_benchmark(
    benchmark: Benchmark,
    loaded: LoadedProblems,
    problems: Sequence[Problem],
    pool: ProgramPool,
    sandbox: SandboxInfo,
    *,
    progress: Progress | None = None,
) -> Soundness:
    """Execute every reference solution and every cheat as a run would, and see who passes.

    Args:
        benchmark: the one to check.
        loaded: its problems and where they came from.
        problems: those to check, at least one.
        pool: started, of the benchmark's image.
        sandbox: what the pool's sandboxes are.
        progress: is told how it goes.

    Raises:
        SandboxError: sandboxes fail more than now and then.
    """
    model = ControlModel(benchmark, problems)
    with tempfile.TemporaryDirectory(prefix="codeeval-doctor-") as folder:
        config = make_config(
            benchmark,
            loaded.identity,
            problems,
            model,
            sampling=benchmark.sampling,
            plan=plan_samples(problems, model, None),
            sandbox=sandbox,
        )
        order = [problem.task_id for problem in loaded.problems]
        path = Path(folder, "run")
        with RunDirectory.create(path, config, order) as directory:
            run(directory, benchmark, problems, model, pool, options=RunOptions(ks=(1,)), progress=progress)
        with RunDirectory.open(path) as directory:
            return _sum_up(benchmark, problems, directory)


class Control(NamedTuple):
    """A completion whose verdict is known: a reference passes, a cheat does not."""

    name: str
    completion: Completion


class ControlModel:
    """Replays each task's reference solution as sample 0 and its cheats as the samples after it."""

    def __init__(self, benchmark: Benchmark, problems: Sequence[Problem]) -> None:
        self._benchmark = benchmark
        self._problems = {problem.task_id: problem for problem in problems}

    @property
    def info(self) -> ModelInfo:
        """What it is."""
        return ModelInfo(
            spec="doctor:", style=PromptStyle.CHAT, concurrency=1, max_n=1 << 16, deterministic=True
        )

    def available(self, task_id: str) -> int | None:
        """How many controls the task has."""
        return len(controls(self._benchmark, self._problems[task_id]))

    async def complete(
        self,
        prompt: Prompt,  # noqa: ARG002 -- a replay needs no prompt
        sampling: Sampling,  # noqa: ARG002 -- nor sampling
        samples: range,
        problem: Problem,
    ) -> list[Completion]:
        """Replay the controls with these indices."""
        found = controls(self._benchmark, problem)
        return [msgspec.structs.replace(found[index].completion, sample=index) for index in samples]

    async def aclose(self) -> None:
        """Nothing is open."""


def controls(benchmark: Benchmark, problem: Problem) -> list[Control]:
    """List a task's controls, the reference first if there is one."""
    cheats = [Control(cheat.name, cheat.completion) for cheat in benchmark.cheats(problem)]
    if isinstance(benchmark, LacksReferences) and not benchmark.has_reference(problem):
        return cheats
    return [Control(REFERENCE, benchmark.reference(problem)), *cheats]


def _sum_up(benchmark: Benchmark, problems: Sequence[Problem], directory: RunDirectory) -> Soundness:
    tried: dict[str, Counter[Outcome]] = {}
    failures = []
    for problem in problems:
        for index, control in enumerate(controls(benchmark, problem)):
            place = directory.index(problem.task_id, index)
            outcome = None if place is None else directory.outcome(place)
            if place is None or outcome is None:
                raise TooManySandboxErrors(f"{problem.task_id} has no verdict", "Try again.")
            tried.setdefault(control.name, Counter())[outcome] += 1
            verdict = directory.verdict(place)
            if not _right(control, verdict):
                detail = verdict.detail
                failures.append(
                    Failure(task_id=problem.task_id, control=control.name, outcome=outcome, detail=detail)
                )
    counts = tuple(
        ControlCount(
            control=name,
            tried=outcomes.total(),
            right=outcomes.total() - sum(failure.control == name for failure in failures),
            outcomes={outcome.value: count for outcome, count in outcomes.items()},
        )
        for name, outcomes in tried.items()
    )
    return Soundness(benchmark=benchmark.name, tasks=len(problems), controls=counts, failures=tuple(failures))


def _right(control: Control, verdict: Verdict) -> bool:
    """A reference must pass; a cheat must not, in any part, and a failed sandbox has not seen through it."""
    if control.name == REFERENCE:
        return verdict.outcome is Outcome.PASSED
    outcomes = {verdict.outcome, *(part.outcome for part in verdict.parts)}
    return not outcomes & {Outcome.PASSED, Outcome.SANDBOX_ERROR}


class SelfTestResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a language's self-test."""

    language: str
    test: str
    expected: Outcome
    outcome: Outcome
    detail: str

    @property
    def right(self) -> bool:
        """Whether it came out as it must."""
        return self.outcome is self.expected


def check_language(language: Language, pool: ProgramPool) -> list[SelfTestResult]:
    """Run a language's self-tests and judge them like any program."""
    programs = [self_test_program(language, test) for test in language.self_tests]
    executions = [pool.submit(program) for program in programs]
    results = []
    for test, program, execution in zip(language.self_tests, programs, executions, strict=True):
        verdict = judge(program, execution.result())
        results.append(
            SelfTestResult(
                language=language.id,
                test=test.name,
                expected=test.outcome,
                outcome=verdict.outcome,
                detail=verdict.detail,
            )
        )
    return results
