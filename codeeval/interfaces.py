"""What a benchmark, a model and a sandbox must offer. First-party ones satisfy these like any plug-in."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 -- msgspec resolves the annotations at run time
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

from codeeval.abilities import GradesAnswers, Honours, ModelInfo, ModelSpec, Price, StrategyInfo
from codeeval.types import (
    Completion,
    Execution,
    Match,
    Problem,
    Program,
    Prompt,
    PromptStyle,
    Sampling,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "GradesAnswers",
    "Honours",
    "ModelInfo",
    "ModelSpec",
    "Price",
    "StrategyInfo",
]  # what is re-exported


class DataSource(msgspec.Struct, frozen=True, kw_only=True):
    """Where datasets come from.

    Attributes:
        root: a folder that mirrors the Hub (dataset ids as subfolders), or None for the Hub.
        offline: never use the network; only ``root``, the cache, and embedded data.
        cache_dir: codeeval's cache, where fetched files go; None for the user's. The Hub has its own.
    """

    root: Path | None = None
    offline: bool = False
    cache_dir: Path | None = None


class DatasetIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows a run was made on; frozen into ``run.json``."""

    id: str
    config: str
    split: str
    revision: str
    """The pinned Hub revision, ``mirror`` for a folder, or ``embedded``."""
    sha256: str
    """Hash of the rows' canonical JSON, the same wherever the rows came from."""
    rows: int


class LoadedProblems(msgspec.Struct, frozen=True, kw_only=True):
    """The problems of a benchmark, in dataset order, and where they came from."""

    problems: tuple[Problem, ...]
    identity: DatasetIdentity


class BenchmarkOptions(msgspec.Struct, frozen=True, kw_only=True):
    """A benchmark's choices that move scores; every one is stated in each result."""

    variant: str = ""
    """What follows the colon of the benchmark's name: ``mbpp:sanitized`` -> ``sanitized``."""
    split: str | None = None
    shots: int | None = None
    """Worked examples in the prompt; None is the protocol's own number."""
    style: PromptStyle = PromptStyle.CHAT
    template: Path | None = None
    """A user's Jinja template in place of the benchmark's."""


class Scoring(msgspec.Struct, frozen=True, kw_only=True):
    """Which scores a benchmark reports beside and as its main one; frozen into ``run.json``."""

    parts: tuple[str, ...] = ()
    """Names of ``Verdict.parts``, each with a pass@k of its own (``base.pass@1``)."""
    best_of: bool = False
    """Whether the main pass@k is the highest of the parts', in place of that of the outcomes."""
    alias: str = ""
    """What the literature calls the main score where not pass: ``verify`` reports verify@k beside pass@k."""
    scores: tuple[str, ...] = ()
    """Names of ``Verdict.scores``, the main one first: each has a mean of its own (``fixed.score``)."""
    columns: tuple[str, ...] = ()
    """The groups of the published table, in its order: each score also has the average over them."""
    nonzero: tuple[str, ...] = ()
    """The scores whose published average leaves out columns that are zero."""


class Cheat(msgspec.Struct, frozen=True, kw_only=True):
    """A program that solves nothing and must not pass."""

    name: str
    completion: Completion


class Benchmark(Protocol):
    """Problems, prompts and programs of one benchmark under one set of options."""

    name: str
    """Full name with its variant, for example ``mbpp:sanitized``."""
    options: BenchmarkOptions
    scoring: Scoring

    @property
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score (split, shots, style, protocol), stated with every result."""
        ...

    @property
    def card(self) -> Path:
        """The protocol card: a Markdown file that states each rule with its source."""
        ...

    @property
    def image(self) -> str:
        """Name of the image that its programs run in; empty where none is executed."""
        ...

    @property
    def sampling(self) -> Sampling:
        """The protocol's sampling, stop sequences included, for the chosen style."""
        ...

    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems.

        Raises:
            DataError: the dataset is unreachable or a row lacks a field.
        """
        ...

    def prompt(self, problem: Problem) -> Prompt:
        """Render the problem for the chosen style.

        Raises:
            UsageError: the user's template does not parse or names an unknown variable.
        """
        ...

    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make of a completion the program that decides on it."""
        ...

    def reference(self, problem: Problem) -> Completion:
        """The canonical solution as a completion; its program must pass."""
        ...

    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Completions that solve nothing; their programs must not pass."""
        ...


@runtime_checkable
class SpansImages(Protocol):
    """A benchmark whose programs run in several images: each names its own."""

    @property
    def images(self) -> tuple[str, ...]:
        """All of them; ``image`` is the first."""
        ...

    def image_of(self, problem: Problem) -> str:
        """Return the image that a problem's programs run in."""
        ...


@runtime_checkable
class LacksReferences(Protocol):
    """A benchmark that has no canonical solution of some of its problems."""

    def has_reference(self, problem: Problem) -> bool:
        """Whether ``reference`` gives a solution; where not, it gives an empty completion."""
        ...


@runtime_checkable
class FollowsMultiplE(Protocol):
    """A benchmark whose programs are prompt + completion + newline + tests, in one of several languages.

    Its runs can be written in the files of MultiPL-E's scripts.
    """

    def row_name(self, problem: Problem) -> str:
        """What the dataset calls the problem, whatever else runs beside it."""
        ...

    def row_language(self, problem: Problem) -> str:
        """What the dataset calls the problem's language."""
        ...

    def solution(self, problem: Problem, completion: Completion) -> str:
        """What stands before the newline and the tests; empty where no code was found."""
        ...


@runtime_checkable
class ComparesValues(Protocol):
    """A benchmark that decides itself whether what calls returned is right (``Oracle.VALUES``)."""

    def compare(self, step: Step, values: str) -> Match:
        """Compare what a CALLS step returned with ``step.expected``; pure, and never raises.

        Args:
            step: as the benchmark made it.
            values: one line a call; hostile text, and fewer or more lines than calls where the program
                ended early or wrote lines of its own.
        """
        ...


@runtime_checkable
class NeedsTruth(Protocol):
    """A benchmark whose expected results are what its references give: those run first."""

    def truth_program(self, problem: Problem) -> Program:
        """Make the program that runs the problem's reference."""
        ...

    def with_truth(self, problem: Problem, execution: Execution) -> Problem:
        """Return the problem with what its reference gave.

        Raises:
            DataError: the reference failed, and how.
        """
        ...


class ShownExample(msgspec.Struct, frozen=True, kw_only=True):
    """An example of right behaviour that a prompt shows, and a test made of it."""

    text: str
    """As the prompt shows it."""
    check: str
    """Python statements that raise where the program behaves otherwise."""


@runtime_checkable
class ShowsExamples(Protocol):
    """A benchmark whose prompts show examples that can be executed: all that a strategy may try."""

    examples_shown: str
    """Which they are, in words; goes into ``run.json``."""

    def examples(self, problem: Problem) -> tuple[ShownExample, ...]:
        """Read the examples off the prompt, and off nothing else; none where it shows none."""
        ...

    def example_program(self, problem: Problem, completion: Completion) -> Program:
        """Make the program that would be scored, with the examples in place of the tests.

        Its unit tests are named ``test_0000`` and so on, one an example; without examples it is merely
        executed.
        """
        ...


class BenchmarkFactory(Protocol):
    """Entry point of group ``codeeval.benchmarks``."""

    def __call__(self, options: BenchmarkOptions) -> Benchmark:
        """Raises ``UsageError`` where an option does not exist for this benchmark."""
        ...


class Model(Protocol):
    """Turns prompts into completions. The pipeline owns concurrency; the model owns its retries."""

    @property
    def info(self) -> ModelInfo:
        """Identity and abilities."""
        ...

    def available(self, task_id: str) -> int | None:
        """How many samples of this task exist, for models that replay a file; None: any number."""
        ...

    async def complete(
        self, prompt: Prompt, sampling: Sampling, samples: range, problem: Problem
    ) -> list[Completion]:
        """Draw the samples with these indices, ``len(samples) <= info.max_n``.

        ``problem`` is for models that replay (``reference:``, ``file:``); others use the prompt only.

        Raises:
            ModelError: the backend refused, or retries were used up.
        """
        ...

    async def aclose(self) -> None:
        """Free connections, threads and weights."""
        ...


class ModelFactory(Protocol):
    """Entry point of group ``codeeval.models``."""

    def __call__(self, spec: ModelSpec) -> Model:
        """Raises ``ModelError`` where the model is missing or its extra is not installed."""
        ...


class SandboxOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How sandboxes are launched, the same for every launcher."""

    image: str
    """Name in ``containers/images.toml``."""
    run_id: str = ""
    """Labels what was launched, so that leftovers can be found."""
    memory_bytes: int = 2 << 30
    work_bytes: int = 256 << 20
    """Size of the writable memory file systems."""
    processes: int = 256
    runtime: str | None = None
    """Container runtime, for example ``runsc``."""
    cpuset: str | None = None
    cold: bool = False
    """Run each step as a plain command: no warm interpreter, no warm compiler, no faster way."""
    probe: bool = True
    """Ask the tools inside for their versions."""
    prover: str = ""
    """A proof assistant of this machine in place of the image's: its path, or ``double:FOLDER``."""
    prover_include: tuple[str, ...] = ()
    """Folders in which it finds a project's sources and checked files."""


class Sandbox(Protocol):
    """One isolated place that executes one program at a time."""

    @property
    def toolchain(self) -> Mapping[str, str]:
        """Versions of the tools inside, as the runner probed them at start."""
        ...

    @property
    def retired(self) -> bool:
        """Whether it could not be made clean after the last program and must be replaced."""
        ...

    def send(self, programs: Sequence[Program]) -> None:
        """Hand over programs; results come from ``receive`` in the same order.

        Raises:
            SandboxError: the sandbox is gone.
        """
        ...

    def receive(self) -> Execution:
        """Wait for the oldest program that was sent.

        Raises:
            SandboxError: the sandbox is gone or answers nonsense; its programs have no result.
        """
        ...

    def close(self) -> None:
        """End the sandbox and everything in it. Safe to call twice."""
        ...


class SandboxLauncher(Protocol):
    """Starts sandboxes. Entry point of group ``codeeval.sandboxes``."""

    name: str

    def probe(self) -> str:
        """Return a one-line description of the engine.

        Raises:
            SandboxError: it cannot be used on this machine, and what would help.
        """
        ...

    def launch(self, options: SandboxOptions) -> Sandbox:
        """Start one sandbox and wait until it is ready.

        Raises:
            SandboxError: the image is not built (names the command that builds it), or the start failed.
        """
        ...

    def describe(self, options: SandboxOptions) -> Mapping[str, str]:
        """What goes into ``run.json``: engine version, image digest, what cannot be enforced."""
        ...

    def sweep(self) -> int:
        """Remove what crashed runs left behind; returns how many sandboxes."""
        ...
