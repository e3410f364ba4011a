"""What exports that need the dataset go through: samples with problems, prompts and verdicts."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from codeeval.errors import DataError
from codeeval.types import Outcome, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codeeval.interfaces import Benchmark
    from codeeval.metrics import Metrics
    from codeeval.records import RunConfig, RunDirectory
    from codeeval.types import Completion, Problem, Prompt, Verdict


class JudgedSample(NamedTuple):
    """One sample, and what it was judged to be."""

    completion: Completion
    program: str
    """Without its tests; empty where no code was found."""
    verdict: Verdict | None
    """None where it was not judged."""

    @property
    def passed(self) -> bool | None:
        """Whether it is right; None where it has no verdict, or the sandbox failed."""
        if self.verdict is None or self.verdict.outcome is Outcome.SANDBOX_ERROR:
            return None
        return self.verdict.passed


class JudgedTask(NamedTuple):
    """One task with the samples that were generated of it."""

    problem: Problem
    prompt: Prompt
    samples: tuple[JudgedSample, ...]


class ExportedRun(NamedTuple):
    """A run, its dataset and its scores."""

    directory: RunDirectory
    benchmark: Benchmark
    """Made with the run's options."""
    problems: Mapping[str, Problem]
    """By task id, in the dataset's order."""
    metrics: Metrics | None
    """None where nothing was judged yet."""

    def tasks(self) -> Iterator[JudgedTask]:
        """Yield the tasks that have a sample, in the order of the plan.

        Raises:
            DataError: a task is not in the dataset.
        """
        directory = self.directory
        for task_id, count in directory.config.plan.items():
            indices = [directory.index(task_id, sample) for sample in range(count)]
            made = [index for index in indices if index is not None and directory.has_completion(index)]
            if not made:
                continue
            problem = self.problems.get(task_id)
            if problem is None:
                raise DataError(f"{directory.path}: the benchmark has no task {task_id!r}")
            samples = tuple(self._sample(problem, index) for index in made)
            yield JudgedTask(problem, self.benchmark.prompt(problem), samples)

    def identity(self, *more: str) -> str:
        """Return a name for this run that is the same whenever it is exported: 22 hex digits."""
        config = self.directory.config
        parts = (config.benchmark, config.model.spec, config.dataset.sha256, config.created, *more)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:22]

    def _sample(self, problem: Problem, index: int) -> JudgedSample:
        completion = self.directory.completion(index)
        files = self.benchmark.program(problem, completion).files
        verdict = None if self.directory.outcome(index) is None else self.directory.verdict(index)
        return JudgedSample(completion, files[0].content.removesuffix("\n") if files else "", verdict)


def model_name(config: RunConfig) -> str:
    """Return the model's name without its backend and server: ``openai:org/name@URL`` is ``org/name``."""
    spec = config.model.spec
    return spec.partition(":")[2].partition("@")[0] or spec


def prompt_text(prompt: Prompt) -> str:
    """Return what the model was sent as one text: of a chat, its messages' contents one after another."""
    if prompt.style is PromptStyle.BASE:
        return prompt.text
    return "\n\n".join(message.content for message in prompt.messages)
