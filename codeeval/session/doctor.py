"""What works on this machine, and whether a benchmark is sound on it."""

from __future__ import annotations

import contextlib
import enum
import importlib.util
import platform
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import msgspec

from codeeval import __version__, registry
from codeeval.benchmarks.common.sealing import PROTOCOLS
from codeeval.config import load_settings
from codeeval.datasets import network_trouble
from codeeval.errors import CodeEvalError, TooManySandboxErrors, UsageError
from codeeval.interfaces import BenchmarkOptions, HasStubs, LacksReferences
from codeeval.languages import LANGUAGES, PYTHON, Language, self_test_program
from codeeval.models.pull import list_models
from codeeval.pipeline import Counts, Stage, Verifier, select_problems
from codeeval.pipeline.limits import DEFAULT_LIMITS
from codeeval.pipeline.progress import Silent
from codeeval.sandboxes.images import catalogue
from codeeval.session.benchmarks import data_source, images_of, make_benchmark
from codeeval.session.expected_outputs import with_expected_outputs
from codeeval.session.hooks import NO_PROGRESS, in_place, no_notes
from codeeval.session.sandboxes import OpenPool, launch_options, open_pool
from codeeval.session.selection import included, with_image
from codeeval.session.settings import DataOptions, JudgingSettings, PromptOptions, SandboxSettings
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from codeeval.config import Settings
    from codeeval.interfaces import Benchmark, DataSource, SandboxLauncher
    from codeeval.pipeline import ProgramPool, Progress
    from codeeval.session.hooks import Blocking, Notes, ProgressFactory
    from codeeval.types import Completion, LimitOptions, Problem, Program, Verdict

LITTLE_DISK_BYTES: Final = 2_000_000_000
"""Free space below which an image or a model may not fit."""
NETWORK_S: Final = 2.0
"""Longest wait for any response of the Hub."""
MAX_SANDBOX_ERRORS: Final = 0.01
"""Share of programs without verdict above which nothing is concluded."""
REFERENCE: Final = "reference solution"
STUBS: Final = "stubs"
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
    """Whether references pass and cheats fail on this machine."""

    benchmark: str
    protocol: str
    """As the benchmark states it."""
    tasks: int
    controls: tuple[ControlCount, ...]
    failures: tuple[Failure, ...]
    weak: tuple[Failure, ...] = ()
    """Stubs that passed: the dataset's tests of these tasks are too weak, on any machine."""

    @property
    def sound(self) -> bool:
        """Whether every control came out as it must."""
        return not self.failures


BOTH: Final = "both"
"""In place of a protocol's name: one after the other."""


def protocols_of(named: str | None) -> tuple[str | None, ...]:
    """Return the protocols that a name stands for; None is the benchmark's own."""
    return PROTOCOLS if named == BOTH else (named,)


LANGUAGES_IN: Final = {
    "docker": "They need their image: codeeval sandbox build LANGUAGE, or --all.",
    "bubblewrap": "They need their image: codeeval sandbox build LANGUAGE --rootless, or sandbox import.",
}
"""The sandboxes that have languages other than Python, and how they get one."""


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
        yield from _check_dataset(name, source)
    yield from _check_models(settings)
    for what, folder in (("work folder", Path.cwd()), ("cache", settings.cache_dir)):
        yield _check_disk(what, folder)


def check_this_machine(data: DataOptions) -> Iterator[Check]:
    """Check everything that a run may need, as this machine is configured."""
    return check_machine(load_settings(), data_source(data))


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
    if name in LANGUAGES_IN:
        yield from _check_languages(launcher)


def _check_languages(launcher: SandboxLauncher) -> Iterator[Check]:
    """List which languages have their image and which lack it; starting them all would take many seconds."""
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
            remedy=LANGUAGES_IN[launcher.name],
        )


def _has_image(launcher: SandboxLauncher, image: str) -> bool:
    try:
        launcher.describe(launch_options(image, SandboxSettings()))
    except CodeEvalError:
        return False
    return True


def _check_image(launcher: SandboxLauncher, image: str) -> Check:
    """Start a sandbox of an image and report the tools inside."""
    area = f"{IMAGE}{launcher.name}"
    options = launch_options(image, SandboxSettings())
    try:
        lacking = launcher.describe(options).get("not_enforced", "")
        sandbox = launcher.launch(options)
    except CodeEvalError as error:
        return _missing(area, image, error)
    try:
        tools = ", ".join(f"{tool} {version}" for tool, version in sandbox.toolchain.items())
    finally:
        sandbox.close()
    detail = f"{tools}; cannot enforce: {lacking}" if lacking else tools
    return Check(area=area, name=image, health=Health.WORKS, detail=detail)


def _check_network() -> Check:
    if trouble := network_trouble(NETWORK_S):
        return Check(
            area="network",
            name="Hugging Face Hub",
            health=Health.MISSING,
            detail=trouble,
            remedy="Datasets come from --data-root DIR or the cache then; --offline skips the Hub.",
        )
    return Check(area="network", name="Hugging Face Hub", health=Health.WORKS, detail="answers")


def _check_dataset(name: str, source: DataSource) -> Iterator[Check]:
    """Load a benchmark; of one that is nothing without a variant the first, and none where that is a file."""
    try:
        benchmark = _plainest(name)
        if benchmark is None:
            return
        name = benchmark.name
        identity = benchmark.load(source).identity
    except UsageError:  # no dataset of its own: it wants a user's file
        return
    except CodeEvalError as error:
        yield _missing("dataset", name, error)
        return
    detail = f"{identity.rows} rows of {identity.id} {identity.split} ({identity.revision})"
    yield Check(area="dataset", name=name, health=Health.WORKS, detail=detail)


def _plainest(name: str) -> Benchmark | None:
    factory = registry.benchmark_factory(name)
    try:
        return factory(BenchmarkOptions())
    except UsageError:
        variants: Collection[str] | None = getattr(factory, "variants", None)
        return factory(BenchmarkOptions(variant=next(iter(variants)))) if variants else None


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
        remedy="" if settings.openai_api_key else "Only servers that require a key need it.",
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
    problems: Sequence[Problem],
    pool: ProgramPool,
    *,
    limits: LimitOptions = DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> Soundness:
    """Execute every reference solution and every cheat as a run would, and see who passes.

    Args:
        benchmark: the one to check.
        problems: those to check, at least one.
        pool: started, of the benchmark's images.
        limits: in place of the benchmark's own.
        progress: shows how far it is.

    Raises:
        SandboxError: no sandbox works any more.
        TooManySandboxErrors: sandboxes fail more than now and then.
    """
    verifier = Verifier(pool, benchmark, limits=limits)
    total = sum(len(controls(benchmark, problem)) for problem in problems)
    counts = Counts(samples=total, generated=total)
    tried: list[Control] = []

    def programs() -> Iterator[Program | Verdict]:
        for problem in problems:
            for sample, control in enumerate(controls(benchmark, problem)):
                tried.append(control)
                yield verifier.make(problem, msgspec.structs.replace(control.completion, sample=sample))

    judged: dict[int, Judged] = {}
    for index, verdict in verifier.each(programs()):
        judged[index] = Judged.of(tried[index], verdict)
        counts.executed += 1
        counts.passed += verdict.outcome is Outcome.PASSED
        counts.sandbox_errors += verdict.outcome is Outcome.SANDBOX_ERROR
        (progress or Silent()).update(counts)
    if counts.sandbox_errors > MAX_SANDBOX_ERRORS * total:
        details = [each.detail for each in judged.values() if each.outcome is Outcome.SANDBOX_ERROR]
        raise TooManySandboxErrors(
            f"{len(details)} of {total} programs have no verdict, because their sandbox failed; "
            f"the last: {details[-1]}",
            "`codeeval doctor` reports what is wrong.",
        )
    return _sum_up(benchmark, len(problems), [judged[index] for index in range(total)])


async def check_soundness(
    name: str,
    settings: JudgingSettings = JudgingSettings(),
    *,
    notes: Notes = no_notes,
    progress: ProgressFactory = NO_PROGRESS,
    blocking: Blocking = in_place,
) -> Soundness:
    """Check a benchmark on this machine: every reference solution must pass, every cheat must fail.

    Args:
        name: the benchmark's full name.
        settings: how programs are judged.
        notes: receives what a user should know on the way, a line each.
        progress: opens a display of progress.
        blocking: how steps that block are done.

    Raises:
        CodeEvalError: the benchmark cannot be checked here.
    """
    with contextlib.ExitStack() as stack:

        def prepare() -> tuple[Benchmark, tuple[Problem, ...], OpenPool]:
            benchmark = make_benchmark(name, PromptOptions(protocol=settings.protocol, split=settings.split))
            loaded = benchmark.load(data_source(settings.data))
            problems = select_problems(
                loaded.problems, limit=settings.tasks.limit, tasks=settings.tasks.tasks
            )
            pool = stack.enter_context(
                open_pool(images_of(benchmark), settings.sandbox, notes, settings.limits)
            )
            problems = with_image(benchmark, problems, pool.missing, notes)
            selected = {problem.task_id for problem in problems}
            loaded = with_expected_outputs(benchmark, loaded, selected, pool, notes)
            problems = tuple(problem for problem in loaded.problems if problem.task_id in selected)
            return benchmark, included(benchmark, problems, notes), pool

        benchmark, problems, pool = await blocking(prepare)
        with progress(Stage.EXECUTE) as display:
            return await blocking(
                lambda: check_benchmark(
                    benchmark, problems, pool.pool, limits=settings.limits, progress=display
                )
            )


class Control(NamedTuple):
    """A completion whose verdict is known: a reference passes, a cheat does not; or a stub."""

    name: str
    completion: Completion
    is_stub: bool = False
    """Whether it may pass, where the tests are too weak."""


class Judged(NamedTuple):
    """What became of a control."""

    control: str
    task_id: str
    outcome: Outcome
    detail: str
    right: bool
    """A reference must pass; a cheat must not, in any part, and a failed sandbox has not seen through it."""
    is_stub: bool = False
    """Then it is right where it passes too: that is the dataset's fault."""

    @classmethod
    def of(cls, control: Control, verdict: Verdict) -> Self:
        """Compare a verdict with what the control must come out as."""
        outcomes = {verdict.outcome, *(part.outcome for part in verdict.parts)}
        if control.name == REFERENCE:
            right = verdict.outcome is Outcome.PASSED
        elif control.is_stub:
            right = Outcome.SANDBOX_ERROR not in outcomes
        else:
            right = not outcomes & {Outcome.PASSED, Outcome.SANDBOX_ERROR}
        return cls(control.name, verdict.task_id, verdict.outcome, verdict.detail, right, control.is_stub)

    @property
    def failure(self) -> Failure:
        """What came out otherwise than it should."""
        return Failure(task_id=self.task_id, control=self.control, outcome=self.outcome, detail=self.detail)


def controls(benchmark: Benchmark, problem: Problem) -> list[Control]:
    """List a task's controls, the reference first if there is one."""
    cheats = [Control(cheat.name, cheat.completion) for cheat in benchmark.cheats(problem)]
    if isinstance(benchmark, HasStubs):
        cheats += [Control(stub.name, stub.completion, is_stub=True) for stub in benchmark.stubs(problem)]
    if isinstance(benchmark, LacksReferences) and not benchmark.has_reference(problem):
        return cheats
    return [Control(REFERENCE, benchmark.reference(problem)), *cheats]


def _sum_up(benchmark: Benchmark, tasks: int, judged: Sequence[Judged]) -> Soundness:
    tried: dict[str, Counter[Outcome]] = {}
    for each in judged:
        tried.setdefault(STUBS if each.is_stub else each.control, Counter())[each.outcome] += 1
    failures = tuple(each.failure for each in judged if not each.right)
    wrong = Counter(STUBS if each.is_stub else each.control for each in judged if not each.right)
    counts = tuple(
        ControlCount(
            control=name,
            tried=outcomes.total(),
            right=outcomes.total() - wrong[name],
            outcomes={outcome.value: count for outcome, count in outcomes.items()},
        )
        for name, outcomes in tried.items()
    )
    return Soundness(
        benchmark=benchmark.name,
        protocol=benchmark.settings.get("protocol", ""),
        tasks=tasks,
        controls=counts,
        failures=failures,
        weak=tuple(each.failure for each in judged if each.is_stub and each.outcome is Outcome.PASSED),
    )


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
    """Execute a language's self-tests and judge them like any program."""
    programs = [self_test_program(language, test) for test in language.self_tests]
    verdicts = dict(Verifier(pool).each(programs))
    return [
        SelfTestResult(
            language=language.id,
            test=test.name,
            expected=test.outcome,
            outcome=verdicts[index].outcome,
            detail=verdicts[index].detail,
        )
        for index, test in enumerate(language.self_tests)
    ]
