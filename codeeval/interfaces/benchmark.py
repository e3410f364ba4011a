"""What a benchmark must offer, and what it is made from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from codeeval.types import Completion, Problem, Program, Prompt, PromptStyle, Sampling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class DataSource(msgspec.Struct, frozen=True, kw_only=True):
    """Where datasets come from.

    Attributes:
        root: a folder that mirrors the Hub (dataset ids as subfolders), or None for the Hub.
        offline: never use the network; only ``root``, the cache, and embedded data.
        cache_dir: codeeval's cache, where fetched files go; None for the user's. The Hub has its own.
        keep: a folder that also gets what is not read below ``root``, laid out as a data root: for bundles.
    """

    root: Path | None = None
    offline: bool = False
    cache_dir: Path | None = None
    keep: Path | None = None


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
    protocol: str = ""
    """How programs are executed and judged; empty for the benchmark's first, the official one."""
    language: str = ""
    """The language that solutions are asked for and run in; empty for the benchmark's own."""
    from_date: str = ""
    """First day of the problems, ``YYYY-MM-DD`` or ``YYYY-MM``; empty for all from the first."""
    to_date: str = ""
    """Last day of the problems, in the same form; empty for all up to the last."""


class Scoring(msgspec.Struct, frozen=True, kw_only=True):
    """Which scores a benchmark reports beside and as its main one; frozen into ``run.json``."""

    parts: tuple[str, ...] = ()
    """Names of ``Verdict.parts``, each with a pass@k of its own (``base.pass@1``)."""
    unit: str = ""
    """What ``Verdict.parts`` are where tasks have parts of their own names: each counts as a task in a pass@k
    over all of them (``method.pass@1``)."""
    partial: bool = False
    """Whether tasks count too whose parts each passed some of their unit tests (``partial.pass@1``), and such
    parts (``method.partial.pass@1``)."""
    best_of: bool = False
    """Whether the main pass@k is the highest of the parts', in place of that of the outcomes."""
    alias: str = ""
    """What the literature calls the main score where not pass: ``verify`` reports verify@k beside pass@k."""
    share: str = ""
    """Name of the metric, one of ``metrics.SHARES``, that is the mean of ``Verdict.share``; a sample without
    one scores 1 or 0."""
    excess_code: bool = False
    """Whether ``Verdict.share`` is that of the lines which the tests reach: the metric ``excess_code`` is the
    mean over tasks of what they do not reach in the median sample that passes."""
    scores: tuple[str, ...] = ()
    """Names of ``Verdict.scores``, the main one first: each has a mean of its own (``fixed.score``)."""
    columns: tuple[str, ...] = ()
    """The groups of the published table, in its order: each score also has the average over them."""
    nonzero: tuple[str, ...] = ()
    """The scores whose published average skips columns that are zero."""


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


class BenchmarkFactory(Protocol):
    """Entry point of group ``codeeval.benchmarks``."""

    def __call__(self, options: BenchmarkOptions) -> Benchmark:
        """Raises ``UsageError`` where an option does not exist for this benchmark."""
        ...
