"""Does a run: generates the missing samples, executes those without a verdict, keeps every result.

Completions go to disk first and are executed from there, so generation never waits for execution,
a resumed run is no special case, and memory does not grow with the number of samples.
"""

from __future__ import annotations

import asyncio
import enum
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import BudgetSpent, DataError, Interrupted, TooManySandboxErrors
from codeeval.interfaces import CompletionSource
from codeeval.models.serving.budget import cost_usd
from codeeval.pipeline.batching import generate_in_batches
from codeeval.pipeline.endings import nearly_no_answers
from codeeval.pipeline.execution import Executor
from codeeval.pipeline.generation import add_given, generate
from codeeval.pipeline.progress import Counts, Progress, Silent
from codeeval.pipeline.samplers import plain_sampler
from codeeval.pipeline.scoring import DEFAULT_KS, RunResult, score_directory
from codeeval.pipeline.trials import SandboxTrials
from codeeval.pipeline.verifier import Verifier
from codeeval.strategies.sampler import StrategySampler
from codeeval.strategies.strategy import ChoosesSubmissions
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from codeeval.interfaces import Benchmark, Model
    from codeeval.pipeline.batching import Batching
    from codeeval.pipeline.execution_cache import ExecutionCache
    from codeeval.pipeline.pools import ProgramPool
    from codeeval.pipeline.samplers import Sampler
    from codeeval.records import RunDirectory
    from codeeval.strategies.strategy import Strategy
    from codeeval.types import Problem


class Stage(enum.StrEnum):
    """Which stages a run goes through."""

    ALL = "all"
    GENERATE = "generate"
    """Generate completions only; needs no pool."""
    EXECUTE = "execute"
    """Execute the completions of ``completions.jsonl``; needs no model."""


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a run is carried out; none of it changes an undisturbed run's result."""

    stage: Stage = Stage.ALL
    ks: tuple[int, ...] = DEFAULT_KS
    """The k of pass@k, each reported where every task has that many samples."""
    timeout_reruns: int = 1
    """Executions alone that a TIMEOUT must repeat in before it counts."""
    sandbox_retries: int = 2
    """Further executions of a program whose sandbox failed."""
    max_sandbox_errors: float = 0.01
    """Share of samples without verdict above which the run counts as failed."""


_DEFAULTS: Final = RunOptions()


class RunCancelled(asyncio.CancelledError):
    """A run's task was cancelled; everything finished is kept, the same run resumes.

    Args:
        interrupted: the error for a user, with what was done.
    """

    def __init__(self, interrupted: Interrupted) -> None:
        super().__init__(interrupted.message)
        self.interrupted = interrupted


async def _in_place(step: Callable[[], RunResult], /) -> RunResult:
    return step()


async def run(
    directory: RunDirectory,
    benchmark: Benchmark,
    problems: Sequence[Problem],
    model: Model | CompletionSource | None,
    pool: ProgramPool | None,
    *,
    options: RunOptions = _DEFAULTS,
    progress: Progress | None = None,
    batching: Batching | None = None,
    strategy: Strategy | None = None,
    cache: ExecutionCache | None = None,
    blocking: Callable[[Callable[[], RunResult]], Awaitable[RunResult]] = _in_place,
) -> RunResult:
    """Carry out the part of ``directory.config.plan`` that is missing, then score the run.

    The model is closed by whoever made it; the directory is closed here where the run succeeds. The pool
    must be started; closing it is the caller's. ``problems`` may be more than the plan has. ``model`` is not
    used with ``Stage.EXECUTE``, ``pool`` not with ``Stage.GENERATE``. ``strategy`` makes each sample of
    several completions. ``cache`` has executions of earlier runs; closing it is the caller's. ``blocking``
    does the scoring.

    Raises:
        BudgetSpent: more completions would cost too much; those there are were executed and scored.
        Interrupted: a KeyboardInterrupt; everything finished is kept, the same call resumes.
        RunCancelled: the task was cancelled; everything finished is kept, the same call resumes.
        ModelError: the model cannot continue.
        NearlyNoAnswers: nearly all samples were rejected or got no answer; metrics are written all the same.
        SandboxError: no sandbox works any more.
        StorageError: a record cannot be written.
        TooManySandboxErrors: above ``options.max_sandbox_errors``; metrics are written all the same.
    """
    by_id = {problem.task_id: problem for problem in problems}
    for task in directory.config.plan:
        if task not in by_id:
            raise DataError(f"{directory.path}: the benchmark has no task {task!r}, which the run plans")
    job = _Job(
        directory,
        benchmark,
        by_id,
        options,
        progress or Silent(),
        batching=batching,
        strategy=strategy,
        cache=cache,
    )
    try:
        await job.main(model, pool)
        result = await blocking(lambda: score_directory(directory, options.ks))
        few = nearly_no_answers(directory, result)
        directory.finish()
    except KeyboardInterrupt:
        raise job.interrupted() from None
    except asyncio.CancelledError:
        raise RunCancelled(job.interrupted()) from None
    if job.budget_spent is not None:
        job.budget_spent.path = directory.path
        raise job.budget_spent
    if few is not None:
        raise few
    _check_sandbox_errors(result, options, job.last_error)
    return result


class _Job:
    """One call of ``run``."""

    def __init__(
        self,
        directory: RunDirectory,
        benchmark: Benchmark,
        problems: dict[str, Problem],
        options: RunOptions,
        progress: Progress,
        *,
        batching: Batching | None,
        strategy: Strategy | None,
        cache: ExecutionCache | None,
    ) -> None:
        self._directory = directory
        self._benchmark = benchmark
        self._problems = problems
        self._options = options
        self._progress = progress
        self._batching = batching
        self._strategy = strategy
        self._cache = cache
        self.budget_spent: BudgetSpent | None = None
        self.counts = _counts(directory)
        self.last_error = ""
        self._replays = False

    async def main(self, model: Model | CompletionSource | None, pool: ProgramPool | None) -> None:
        """Generate and execute side by side; the first error ends both."""
        self._progress.update(self.counts)
        match self._options.stage:
            case Stage.ALL:
                await self._stages(model, pool)
            case Stage.GENERATE:
                await self._stages(model, None)
            case Stage.EXECUTE:
                await self._stages(None, pool)

    def interrupted(self) -> Interrupted:
        """Return the error for a user who stopped the run."""
        return Interrupted(
            f"interrupted after {self.counts.executed} of {self.counts.samples} verdicts "
            f"and {self.counts.generated} completions, all kept in {self._directory.path}",
            "Run the same command again to resume.",
        )

    async def _stages(self, model: Model | CompletionSource | None, pool: ProgramPool | None) -> None:
        verifier = None if pool is None else self._verifier(pool)
        sampler = None if model is None else self._sampler(model, verifier)
        self._replays = isinstance(model, CompletionSource)
        executor = None if verifier is None else self._executor(verifier)
        tasks = []
        if executor is not None:
            tasks.append(asyncio.create_task(executor.execute()))
        tasks.append(asyncio.create_task(self._generate(sampler, executor)))
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if executor is not None:
                executor.stop()
                self.last_error = executor.last_error

    def _sampler(self, model: Model | CompletionSource, verifier: Verifier | None) -> Sampler:
        sampling = self._directory.config.sampling
        if self._strategy is None:
            return plain_sampler(model, self._benchmark, sampling)
        trials = None
        if verifier is not None and self._strategy.needs_trials:
            trials = SandboxTrials(self._benchmark, verifier, progress=self._progress)
        probes = trials if isinstance(self._strategy, ChoosesSubmissions) else None
        return StrategySampler(model, self._strategy, self._benchmark, sampling, trials, probes=probes)

    def _verifier(self, pool: ProgramPool) -> Verifier:
        return Verifier(
            pool,
            self._benchmark,
            sandbox_retries=self._options.sandbox_retries,
            timeout_reruns=self._options.timeout_reruns,
            limits=self._directory.config.limit_options,
            sharing=True,
            cache=self._cache,
        )

    def _executor(self, verifier: Verifier) -> Executor:
        executor = Executor(
            self._directory, self._problems, verifier, counts=self.counts, progress=self._progress
        )
        for index in range(self._directory.samples):
            if self._directory.is_unanswered(index):
                continue
            if self._directory.has_completion(index) and not _judged(self._directory, index):
                executor.add(index)
        return executor

    async def _generate(self, sampler: Sampler | None, executor: Executor | None) -> None:
        def recorded(index: int) -> None:
            self.counts.generated += 1
            self._count_cost(index)
            if executor is not None and not self._directory.is_unanswered(index):
                executor.add(index)
            self._progress.update(self.counts)

        if sampler is not None:
            if not self._replays:
                add_given(self._directory, self._benchmark, self._problems, recorded)
            try:
                await self._sample(sampler, recorded)
            except BudgetSpent as error:
                self.budget_spent = error  # what there is, is executed and scored
            finally:
                if sampler.info.capabilities is not None:
                    self._directory.learn(sampler.info)
        if executor is not None:
            executor.no_more()

    def _count_cost(self, index: int) -> None:
        price = self._directory.config.price
        if price is not None:
            fresh = cost_usd(price, [self._directory.completion(index).usage])
            self.counts.cost_usd = (self.counts.cost_usd or 0.0) + fresh

    async def _sample(self, sampler: Sampler, recorded: Callable[[int], None]) -> None:
        if self._batching is not None:
            run = (self._directory, self._benchmark, self._problems)
            await generate_in_batches(*run, self._batching, recorded=recorded, progress=self._progress)
        else:
            await generate(
                self._directory, self._problems, sampler, recorded=recorded, progress=self._progress
            )


def _judged(directory: RunDirectory, index: int) -> bool:
    """Whether a sample needs no execution: a failed sandbox is tried again by a resumed run."""
    return directory.outcome(index) not in {None, Outcome.SANDBOX_ERROR}


def _counts(directory: RunDirectory) -> Counts:
    counts = Counts(samples=directory.samples)
    for index in range(directory.samples):
        counts.generated += directory.has_completion(index)
        counts.executed += _judged(directory, index)
        counts.passed += directory.outcome(index) is Outcome.PASSED
    price = directory.config.price
    if price is not None:
        counts.cost_usd = cost_usd(price, (each.usage for each in directory.completions()))
    return counts


def _check_sandbox_errors(result: RunResult, options: RunOptions, example: str) -> None:
    if result.metrics is None:
        return
    errors = result.metrics.outcomes[Outcome.SANDBOX_ERROR.value]
    if errors > options.max_sandbox_errors * result.metrics.samples:
        last = f"; the last: {example}" if example else ""
        error = TooManySandboxErrors(
            f"{errors} of {result.metrics.samples} samples have no verdict, "
            f"because their sandbox failed{last}",
            "`codeeval doctor` reports what is wrong; the same command then runs these samples again.",
        )
        error.path = result.path
        raise error
