"""What most benchmarks do alike, written once: a subclass states what it has and writes the rest."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from codeeval.errors import UnknownName, UsageError
from codeeval.interfaces.benchmark import Cheat, Scoring
from codeeval.prompting import PromptTemplate, Variables
from codeeval.types import Completion, CompletionKind, CompletionOrigin, PromptStyle, Sampling

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from codeeval.interfaces.benchmark import BenchmarkOptions, DataSource, LoadedProblems
    from codeeval.types import Problem, Program, Prompt


class BenchmarkBase(ABC):
    """A benchmark with ``README.md`` (the protocol card) and ``templates/`` in its folder.

    A subclass states ``family``, ``folder`` and ``image``, and its ``variants``, ``splits`` and
    ``shot_counts`` where it has any; it writes ``settings``, ``load``, ``program`` and ``cheats``. What it
    does otherwise than most, it overrides.

    Args:
        options: as the user chose them.

    Raises:
        UnknownName: a variant, split or protocol that the benchmark does not have.
        UsageError: a number of worked examples that it does not show, or a template that does not parse.
    """

    family: ClassVar[str]
    """Its name without the variant: the name of its entry point."""
    folder: ClassVar[Path]
    """Holds the card and the templates."""
    variants: ClassVar[Collection[str] | None] = ()
    """What may follow the colon of its name; None where the subclass reads that itself."""
    splits: ClassVar[Collection[str] | None] = ("test",)
    """The splits that can be chosen, the protocol's own first (empty where it is a mixture, or the data's own
    whatever that is); None where the subclass checks them."""
    protocols: ClassVar[tuple[str, ...]] = ("official",)
    """How programs can be executed and judged, the published way first."""
    any_language: ClassVar[bool] = False
    """Whether solutions can be asked for in any language: they are programs that cases decide on."""
    dated: ClassVar[bool] = False
    """Whether problems have dates, so that those of a window can be selected."""
    reference_kind: ClassVar[CompletionKind] = CompletionKind.SOLUTION
    """What the dataset's references are."""
    base_sampling: ClassVar[Sampling] = Sampling()
    """The protocol's sampling of base models."""
    chat_sampling: ClassVar[Sampling] = Sampling()
    """The protocol's sampling of chat models."""
    scoring: Scoring = Scoring()

    def __init__(self, options: BenchmarkOptions) -> None:
        self.options = options
        self.name = f"{self.family}:{options.variant}" if options.variant else self.family
        if options.variant and self.variants is not None and options.variant not in self.variants:
            raise UnknownName(f"variant of {self.family}", options.variant, filter(None, self.variants))
        if options.split is not None and self.splits is not None and options.split not in self.splits:
            raise UnknownName(f"split of {self.name}", options.split, filter(None, self.splits))
        if options.protocol and options.protocol not in self.protocols:
            raise UnknownName(f"protocol of {self.name}", options.protocol, self.protocols)
        if options.language and not self.any_language:
            raise UsageError(f"{self.name} does not leave the language open", "Omit --language.")
        if (options.from_date or options.to_date) and not self.dated:
            raise UsageError(f"the problems of {self.name} have no dates", "Omit --from and --to.")
        counts = self.shot_counts
        self.shots = next(iter(counts)) if options.shots is None else options.shots
        if self.shots not in counts:
            raise UsageError(
                f"{self.name} shows {_either(counts)} worked examples, not {self.shots}",
                "Omit --shots, or choose one of these numbers.",
            )
        self._users_template = PromptTemplate(options.template) if options.template else None

    @property
    def split(self) -> str:
        """The chosen split, or the protocol's own."""
        return self.options.split or next(iter(self.splits or ()), "")

    @property
    def protocol(self) -> str:
        """The chosen protocol, or the official one."""
        return self.options.protocol or self.protocols[0]

    @property
    def shot_counts(self) -> Collection[int]:
        """How many worked examples the prompt can show, the protocol's own number first."""
        return (0,)

    @property
    @abstractmethod
    def settings(self) -> Mapping[str, str]:
        """Choices that move the score; ``stated`` adds those that all benchmarks have."""

    def stated(self, **choices: str) -> dict[str, str]:
        """Return the settings that every result states: those given, the style, and a user's template."""
        template = {"template": str(self.options.template)} if self.options.template else {}
        return {**choices, "style": self.options.style.value, **template}

    @property
    def card(self) -> Path:
        """The protocol card."""
        return self.folder / "README.md"

    @property
    @abstractmethod
    def image(self) -> str:
        """Name of the image that its programs run in; empty where none is executed."""

    @property
    def sampling(self) -> Sampling:
        """The protocol's sampling for the chosen style."""
        match self.options.style:
            case PromptStyle.BASE:
                return self.base_sampling
            case PromptStyle.CHAT:
                return self.chat_sampling

    @abstractmethod
    def load(self, source: DataSource) -> LoadedProblems:
        """Read the problems.

        Raises:
            DataError: the dataset is unreachable or a row lacks a field.
        """

    @property
    def template_name(self) -> str:
        """The template for the options, without ``.jinja``."""
        return self.options.style.value

    @functools.cached_property
    def template(self) -> PromptTemplate:
        """The user's template, or the benchmark's own."""
        return self.template_named(self.template_name)

    def template_named(self, name: str) -> PromptTemplate:
        """Return the user's template, or the benchmark's own of this name.

        Raises:
            UsageError: the benchmark has no template of this name.
        """
        if self._users_template:
            return self._users_template
        path = self.folder / "templates" / f"{name}.jinja"
        if not path.is_file():
            known = sorted(found.stem for found in path.parent.glob("*.jinja"))
            raise UsageError(
                f"{self.name} has no prompt template {name!r}, only {', '.join(known) or 'none'}",
                "Choose another --style, or bring a --template of your own.",
            )
        return PromptTemplate(path)

    def variables(self, problem: Problem) -> Variables:
        """Return what templates may name; a benchmark whose prompts show more overrides this."""
        return Variables(task_id=problem.task_id, prompt=problem.prompt, entry_point=problem.entry_point)

    def prompt(self, problem: Problem) -> Prompt:
        """Render the problem for the chosen style.

        Raises:
            UsageError: the template does not parse or names an unknown variable.
        """
        return self.template.render(self.variables(problem), self.options.style, self.sampling.stop)

    @abstractmethod
    def program(self, problem: Problem, completion: Completion) -> Program:
        """Make of a completion the program that decides on it."""

    def reference(self, problem: Problem) -> Completion:
        """The dataset's canonical solution; its program must pass."""
        return self.completion(problem, problem.reference)

    @abstractmethod
    def cheats(self, problem: Problem) -> Sequence[Cheat]:
        """Completions that solve nothing; their programs must not pass."""

    def completion(self, problem: Problem, text: str) -> Completion:
        """Return a completion of the benchmark's own, of the kind that its references are."""
        return Completion(
            task_id=problem.task_id,
            sample=0,
            text=text,
            kind=self.reference_kind,
            origin=CompletionOrigin.REFERENCE,
        )

    def cheat(self, problem: Problem, name: str, text: str) -> Cheat:
        """Return a cheat, of the kind that references are."""
        return Cheat(name=name, completion=self.completion(problem, text))


def _either(counts: Collection[int]) -> str:
    """Spell numbers that can be chosen: ``no``, ``0 or 3``, ``0 to 10``."""
    numbers = sorted(set(counts))
    if numbers == [0]:
        return "no"
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]}"
    return " or ".join(map(str, numbers))
