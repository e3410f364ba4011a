"""``Evaluator``: a benchmark with warm sandboxes, for programs that bring completions of their own."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.interfaces import ExcludesProblems, NeedsExpectedOutputs
from codeeval.pipeline import Verifier
from codeeval.pipeline.feeder import Feeder
from codeeval.pipeline.limits import DEFAULT_LIMITS, with_limits
from codeeval.session.benchmarks import data_source, images_of, make_benchmark
from codeeval.session.expected_outputs import with_expected_outputs
from codeeval.session.hooks import in_thread, no_notes, results_of
from codeeval.session.opening import Openable
from codeeval.session.sandboxes import open_pool
from codeeval.session.selection import with_image
from codeeval.session.settings import DataOptions, PromptOptions, SandboxSettings
from codeeval.text import clean_text
from codeeval.types import Completion, CompletionKind, PromptStyle, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from concurrent.futures import Future

    from codeeval.interfaces import Benchmark, LoadedProblems
    from codeeval.session.hooks import Notes
    from codeeval.session.sandbox import Sandbox
    from codeeval.types import LimitOptions, Problem, Program, Prompt


class Submission(msgspec.Struct, frozen=True):
    """A text to be evaluated as the solution of a task."""

    task_id: str
    text: str
    kind: CompletionKind | str = CompletionKind.ANSWER
    """``answer``: a chat model's reply, in which code is found; ``continuation``: what follows the prompt of
    a base model; ``solution``: a complete program."""
    sample: int = 0
    """Comes back in the verdict, to tell several samples of a task apart."""


AnySubmission: TypeAlias = Submission | Completion | tuple[str, str]
"""A ``Submission``, a ``Completion``, or simply ``(task_id, text)``."""


class Evaluator(Openable["_Opened"]):
    """Evaluates completions of one benchmark in warm sandboxes.

    ::

        with Evaluator("humaneval") as evaluator:
            verdicts = evaluator.evaluate([("HumanEval/0", answer), ("HumanEval/1", other)])

    Sandboxes start with the ``with`` block, or where they are first needed, and end with ``close``. All
    methods may be called from several threads at once and in a running event loop; in one, the methods that
    begin with ``a`` do not block it. Each completion is judged exactly as in a run: by the benchmark's
    protocol, with failed sandboxes retried and timeouts repeated alone before they count.

    Args:
        benchmark: a full name (``humaneval``, ``mbpp:sanitized``, ``tasks:FILE``), or a ``Benchmark``.
        sandbox: ``docker``, ``bubblewrap``, ``auto`` for the best that works here, or a ``Sandbox`` of the
            benchmark's languages, whose warm sandboxes it then shares, and does not close.
        workers: programs that execute at the same time; None: one a core.
        data_root: a folder that mirrors the Hub; None: as configured, else the Hub.
        offline: never ask the Hub.
        split: the dataset's split.
        shots: worked examples in prompts.
        style: whether ``prompt`` renders for ``chat`` or ``base`` models.
        template: a Jinja template in place of the benchmark's.
        protocol: ``official`` or, where the benchmark has it, ``sealed``: what a trainer rewards should be.
        limits: what programs may use, in place of the benchmark's own limits.
        timeout_reruns: executions alone that a TIMEOUT must repeat in before it counts.
        sandbox_retries: further executions of a program whose sandbox failed.
        settings: everything that may be chosen about sandboxes, in place of ``sandbox`` and ``workers``.
        notes: receives what a user should know, a line each, such as which sandbox is used.

    Raises:
        UnknownName: no such benchmark or variant.
        UsageError: an option does not exist for this benchmark.
    """

    def __init__(
        self,
        benchmark: str | Benchmark,
        *,
        sandbox: str | Sandbox = "auto",
        workers: int | None = None,
        data_root: str | Path | None = None,
        offline: bool = False,
        split: str | None = None,
        shots: int | None = None,
        style: PromptStyle | str | None = None,
        template: str | Path | None = None,
        protocol: str | None = None,
        limits: LimitOptions | None = None,
        timeout_reruns: int = 1,
        sandbox_retries: int = 2,
        settings: SandboxSettings | None = None,
        notes: Notes | None = None,
    ) -> None:
        super().__init__()
        if isinstance(benchmark, str):
            prompting = PromptOptions(
                style=None if style is None else PromptStyle(style),
                template=None if template is None else Path(template),
                shots=shots,
                split=split,
                protocol=protocol,
            )
            benchmark = make_benchmark(benchmark, prompting)
        elif (split, shots, style, template, protocol) != (None, None, None, None, None):
            raise UsageError("a benchmark that is made already takes no options", "Make it with them.")
        self.benchmark: Benchmark = benchmark
        self._data = DataOptions(data_root=None if data_root is None else Path(data_root), offline=offline)
        self._shared = None if isinstance(sandbox, str) else sandbox
        name = sandbox if isinstance(sandbox, str) else SandboxSettings().sandbox
        self._settings = settings or SandboxSettings(sandbox=name, workers=workers)
        self._limits = limits or DEFAULT_LIMITS
        self._reruns = timeout_reruns
        self._retries = sandbox_retries
        self._notes = notes or no_notes
        self._loaded: LoadedProblems | None = None

    def __repr__(self) -> str:
        return f"<Evaluator {self.benchmark.name}, {self.state}>"

    @property
    def problems(self) -> Mapping[str, Problem]:
        """The benchmark's problems by task id, as the dataset states them.

        Raises:
            DataError: the dataset cannot be read.
        """
        return MappingProxyType({problem.task_id: problem for problem in self._load().problems})

    def prompt(self, task_id: str) -> Prompt:
        """Render a task's prompt.

        Raises:
            UnknownName: the benchmark has no such task.
            UsageError: the template does not fit.
        """
        benchmark = self.benchmark
        if isinstance(benchmark, ExcludesProblems) and benchmark.prompts_need_expected_outputs:
            return benchmark.prompt(self._open().problem(task_id))
        return benchmark.prompt(_find(self._load(), task_id))

    def program(self, submission: AnySubmission) -> Program:
        """Return the program that decides on a submission; it has no steps where no code was found.

        Raises:
            UnknownName: the benchmark has no such task.
        """
        completion = _completion(submission)
        if isinstance(self.benchmark, NeedsExpectedOutputs):
            problem = self._open().problem(completion.task_id)
        else:
            problem = _find(self._load(), completion.task_id)
        return with_limits(self.benchmark.program(problem, completion), self._limits)

    def evaluate(self, submissions: Iterable[AnySubmission]) -> list[Verdict]:
        """Execute and judge submissions; the verdicts are in their order.

        Raises:
            UnknownName: the benchmark has no such task; nothing was executed.
            SandboxError: no sandbox works, or this was closed meanwhile.
        """
        opened = self._open()
        completions = opened.completions(submissions)
        opened.complete(completion.task_id for completion in completions)
        futures = [opened.feeder.put(completion) for completion in completions]
        try:
            return [future.result() for future in futures]
        finally:
            _cancel(futures)

    async def aevaluate(self, submissions: Iterable[AnySubmission]) -> list[Verdict]:
        """As ``evaluate``, without blocking the event loop; cancelling takes back what has not begun.

        Raises:
            UnknownName: the benchmark has no such task; nothing was executed.
            SandboxError: no sandbox works, or this was closed meanwhile.
        """
        opened = await self._aopen()
        completions = opened.completions(submissions)
        tasks = [completion.task_id for completion in completions]
        if not opened.is_complete(tasks):
            await in_thread(lambda: opened.complete(tasks))
        return await results_of([opened.feeder.put(completion) for completion in completions])

    def submit(self, submission: AnySubmission) -> Future[Verdict]:
        """Queue one submission and return at once; the sandboxes are started first if need be.

        The future raises SandboxError where no sandbox works, or this is closed first. Its callbacks are
        called in a thread of this object and must not block. Cancelling it takes the submission back.

        Raises:
            UnknownName: the benchmark has no such task.
        """
        opened = self._open()
        (completion,) = opened.completions([submission])
        return opened.feeder.put(completion)

    def _load(self) -> LoadedProblems:
        with self._lock:
            if self._loaded is None:
                self._loaded = self.benchmark.load(data_source(self._data))
            return self._loaded

    def _make(self) -> _Opened:
        return _Opened(
            self.benchmark,
            self._load(),
            self._shared or self._settings,
            self._notes,
            limits=self._limits,
            timeout_reruns=self._reruns,
            sandbox_retries=self._retries,
        )


class _Opened:
    """What an evaluator has while it is open; it does not refer to the evaluator, which may be forgotten."""

    def __init__(
        self,
        benchmark: Benchmark,
        loaded: LoadedProblems,
        sandboxes: Sandbox | SandboxSettings,
        notes: Notes,
        *,
        limits: LimitOptions,
        timeout_reruns: int,
        sandbox_retries: int,
    ) -> None:
        self._benchmark = benchmark
        self._loaded = loaded
        self._notes = notes
        self._problems = {problem.task_id: problem for problem in loaded.problems}
        self._lacking = set(self._problems) if isinstance(benchmark, NeedsExpectedOutputs) else set()
        self._completing = threading.Lock()
        with contextlib.ExitStack() as stack:
            if isinstance(sandboxes, SandboxSettings):
                self._pool = stack.enter_context(open_pool(images_of(benchmark), sandboxes, notes, limits))
            else:
                self._pool = sandboxes.pool_for(images_of(benchmark))
            with_image(benchmark, loaded.problems, self._pool.missing, notes)
            self._verifier = Verifier(
                self._pool.pool,
                benchmark,
                timeout_reruns=timeout_reruns,
                sandbox_retries=sandbox_retries,
                limits=limits,
            )
            self.feeder: Feeder[Completion] = Feeder(self._verifier, self._make)
            self._stack = stack.pop_all()

    def close(self) -> None:
        """End the sandboxes, and what waits for them."""
        self.feeder.stop()
        self._stack.close()
        self.feeder.join()  # it may have waited for a reference

    def completions(self, submissions: Iterable[AnySubmission]) -> list[Completion]:
        """Check submissions.

        Raises:
            UnknownName: the benchmark has no such task.
            UsageError: one is no submission.
        """
        completions = list(map(_completion, submissions))
        for completion in completions:
            if completion.task_id not in self._problems:
                raise UnknownName("task", completion.task_id, self._problems)
        return completions

    def is_complete(self, tasks: Iterable[str]) -> bool:
        """Whether nothing has to be executed before programs can be made."""
        return self._lacking.isdisjoint(tasks)

    def complete(self, tasks: Iterable[str]) -> None:
        """Execute the references of tasks whose expected outputs come from them, unless that is done.

        Raises:
            DataError: a reference fails.
            SandboxError: the sandbox fails again and again.
        """
        wanted = self._lacking.intersection(tasks)
        if not wanted:
            return
        with self._completing:
            wanted &= self._lacking  # another thread may have been first
            some = tuple(problem for problem in self._loaded.problems if problem.task_id in wanted)
            found = with_expected_outputs(
                self._benchmark,
                msgspec.structs.replace(self._loaded, problems=some),
                wanted,
                self._pool,
                self._notes,
            )
            self._problems |= {problem.task_id: problem for problem in found.problems}
            self._lacking -= wanted

    def problem(self, task_id: str) -> Problem:
        """Return a problem of which programs can be made.

        Raises:
            UnknownName: the benchmark has no such task.
            DataError: its reference fails, or the benchmark excludes it.
        """
        if task_id not in self._problems:
            raise UnknownName("task", task_id, self._problems)
        self.complete([task_id])
        problem = self._problems[task_id]
        if isinstance(self._benchmark, ExcludesProblems) and not self._benchmark.is_included(problem):
            raise DataError(
                f"{self._benchmark.name} excludes {task_id}: its reference gives nothing to ask for",
                "Leave this task out.",
            )
        return problem

    def _make(self, completion: Completion) -> Program | Verdict:
        return self._verifier.make(self.problem(completion.task_id), completion)


def _find(loaded: LoadedProblems, task_id: str) -> Problem:
    for problem in loaded.problems:
        if problem.task_id == task_id:
            return problem
    raise UnknownName("task", task_id, (problem.task_id for problem in loaded.problems))


def _completion(submission: AnySubmission) -> Completion:
    """Check a submission, which comes from a caller whose types nobody has checked."""
    if isinstance(submission, Completion):
        return submission
    if isinstance(submission, tuple) and len(submission) == 2:
        submission = Submission(*submission)
    if not isinstance(submission, Submission):
        raise UsageError(f"not a submission: {submission!r:.100}", "Give (task_id, text) or Submission(...).")
    try:
        kind = CompletionKind(submission.kind)
    except ValueError:
        raise UnknownName("kind of submission", str(submission.kind), CompletionKind) from None
    fields = {
        "task_id": submission.task_id,
        "sample": submission.sample,
        "text": submission.text,
        "kind": kind,
    }
    try:
        completion = msgspec.convert(fields, Completion)
    except msgspec.ValidationError as error:
        raise UsageError(f"not a submission: {error}", "Give (task_id, text) or Submission(...).") from None
    return msgspec.structs.replace(completion, text=clean_text(completion.text))


def _cancel(futures: Iterable[Future[Verdict]]) -> None:
    """Take back what nobody waits for any more."""
    for future in futures:
        future.cancel()
