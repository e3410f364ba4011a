"""A benchmark, a model and a pool whose every result follows from a sample's text."""

# ruff: noqa: ARG002 -- fakes take what their protocols give

from __future__ import annotations

import asyncio
import threading
import time
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from codeeval import pipeline
from codeeval.cli.event_loop import run_session
from codeeval.errors import ModelError, PromptRefused
from codeeval.interfaces import (
    BenchmarkOptions,
    DatasetIdentity,
    DataSource,
    LoadedProblems,
    ModelInfo,
    Scoring,
)
from codeeval.pipeline import RunOptions, make_config
from codeeval.types import (
    Completion,
    CompletionKind,
    Execution,
    Extraction,
    Limits,
    Problem,
    Program,
    Prompt,
    PromptStyle,
    PythonStep,
    Sampling,
    SourceFile,
    StepResult,
    StepStatus,
    Usage,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from codeeval.interfaces import Benchmark, Model
    from codeeval.pipeline import ProgramPool, Progress, RunResult
    from codeeval.pipeline.batching import Batching
    from codeeval.records import RunConfig, RunDirectory
    from codeeval.session.hooks import Blocking

LIMITS = Limits(cpu_s=3.0, wall_s=15.0)


def run(
    directory: RunDirectory,
    benchmark: Benchmark,
    problems: Sequence[Problem],
    model: Model | None,
    pool: ProgramPool | None,
    *,
    options: RunOptions | None = None,
    progress: Progress | None = None,
    batching: Batching | None = None,
) -> RunResult:
    """Do a run as the command line does: in an event loop that signals interrupt."""

    async def session(blocking: Blocking) -> RunResult:
        try:
            return await pipeline.run(
                directory,
                benchmark,
                problems,
                model,
                pool,
                options=options or RunOptions(),
                progress=progress,
                batching=batching,
                blocking=blocking,
            )
        finally:
            if model is not None:
                await model.aclose()

    return run_session(session)


class FakeBenchmark:
    """Programs are the completion's text; an empty text is no code, ``defect`` breaks the benchmark."""

    name = "fake"
    image = "python"
    card = Path(__file__)
    sampling = Sampling()
    scoring = Scoring()

    def __init__(self, tasks: int, *, alike: bool = False) -> None:
        self.options = BenchmarkOptions()
        self.alike = alike
        """Whether samples of the same text are the same program."""
        self.problems = tuple(
            Problem(task_id=f"Fake/{i}", prompt=f"task {i}", entry_point="f", reference="pass", tests=())
            for i in range(tasks)
        )

    @property
    def settings(self) -> Mapping[str, str]:
        return {"split": "test"}

    @property
    def identity(self) -> DatasetIdentity:
        return DatasetIdentity(
            id="fake", config="", split="test", revision="embedded", sha256="0", rows=len(self.problems)
        )

    def load(self, source: DataSource) -> LoadedProblems:
        return LoadedProblems(problems=self.problems, identity=self.identity)

    def prompt(self, problem: Problem) -> Prompt:
        return Prompt(
            task_id=problem.task_id, style=PromptStyle.CHAT, template_hash="cafe", text=problem.prompt
        )

    def program(self, problem: Problem, completion: Completion) -> Program:
        if completion.text == "defect":
            raise ZeroDivisionError("a defect of the benchmark")
        step = PythonStep(name="run", files=("program.py",), limits=LIMITS)
        return Program(
            task_id=completion.task_id,
            sample=completion.sample,
            language="python",
            image="python",
            extraction=Extraction(rule="whole" if completion.text else "none", code=completion.text),
            files=(SourceFile(path="program.py", content=completion.text),) if completion.text else (),
            steps=(step,) if completion.text else (),
            stdin="" if self.alike else str(completion.sample),
        )

    def reference(self, problem: Problem) -> Completion:
        return Completion(
            task_id=problem.task_id, sample=0, text=problem.reference, kind=CompletionKind.SOLUTION
        )

    def cheats(self, problem: Problem) -> list[object]:
        return []


DEFAULT_TEXTS = ("pass", "fail", "crash", "slow", "", "pass", "fail")


class FakeModel:
    """Generates one of ``texts``, chosen by task and sample alone."""

    def __init__(
        self,
        texts: tuple[str, ...] = DEFAULT_TEXTS,
        *,
        max_n: int = 3,
        concurrency: int = 4,
        delay_s: float = 0.0,
        remember: bool = True,
    ) -> None:
        self.texts = texts
        self.delay_s = delay_s
        self.remember = remember
        self.asked: list[tuple[str, int]] = []
        self.refuse: set[str] = set()
        self.fail_after: int | None = None
        self.closed = False
        self.info = ModelInfo(
            spec="fake:", style=PromptStyle.CHAT, concurrency=concurrency, max_n=max_n, deterministic=True
        )

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        if self.fail_after is not None and len(self.asked) >= self.fail_after:
            raise ModelError("the server has gone")
        if prompt.task_id in self.refuse:
            raise PromptRefused("too long")
        if self.remember:
            self.asked += [(prompt.task_id, sample) for sample in samples]
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        return [self.sample(prompt.task_id, sample) for sample in samples]

    def sample(self, task_id: str, sample: int) -> Completion:
        place = zlib.crc32(f"{task_id}:{sample}".encode()) % len(self.texts)
        return Completion(
            task_id=task_id,
            sample=sample,
            text=self.texts[place],
            kind=CompletionKind.ANSWER,
            usage=Usage(prompt_tokens=7, completion_tokens=3, latency_s=0.5),
        )

    async def aclose(self) -> None:
        self.closed = True


class FakeSource:
    """Has a number of samples a task, and the texts of ``FakeModel``."""

    is_reference = False
    skipped: Sequence[str] = ()
    skipped_count = 0

    def __init__(self, held: Mapping[str, int], texts: tuple[str, ...] = DEFAULT_TEXTS) -> None:
        self.held = held
        self.read: list[tuple[str, int]] = []
        self.closed = False
        self._model = FakeModel(texts)
        self.info = ModelInfo(
            spec="fakes:", style=PromptStyle.BASE, concurrency=1, max_n=3, deterministic=True
        )

    def task_ids(self) -> Iterable[str]:
        return self.held

    def available(self, task_id: str) -> int | None:
        return self.held.get(task_id, 0)

    async def completions(self, problem: Problem, samples: range) -> list[Completion]:
        self.read += [(problem.task_id, sample) for sample in samples]
        return [self._model.sample(problem.task_id, sample) for sample in samples]

    async def aclose(self) -> None:
        self.closed = True


class FakePool:
    """Executes on threads, or at once where ``size`` is 0; the program's text decides on the result.

    ``load-slow`` times out unless it runs alone. ``sandbox:N`` fails N times before it passes.
    """

    def __init__(self, size: int = 2, *, delay_s: float = 0.0, remember: bool = True) -> None:
        self.size = size or 1
        self.delay_s = delay_s
        self.remember = remember
        self.executed: list[tuple[str, int, bool]] = []
        self.most_waiting = 0
        self.renewed = 0
        self._waiting = 0
        self._lock = threading.Lock()
        self._failed: dict[tuple[str, int], int] = {}
        self._threads = ThreadPoolExecutor(size) if size else None

    def submit(self, program: Program) -> Future[Execution]:
        return self._submit(program, alone=False)

    def renew(self) -> None:
        self.renewed += 1

    def submit_alone(self, program: Program) -> Future[Execution]:
        assert self._waiting == 0
        return self._submit(program, alone=True)

    def close(self) -> None:
        if self._threads:
            self._threads.shutdown(cancel_futures=True)

    def _submit(self, program: Program, *, alone: bool) -> Future[Execution]:
        with self._lock:
            self._waiting += 1
            self.most_waiting = max(self.most_waiting, self._waiting)
        if self._threads:
            return self._threads.submit(self._execute, program, alone=alone)
        future: Future[Execution] = Future()
        future.set_result(self._execute(program, alone=alone))
        return future

    def _execute(self, program: Program, *, alone: bool) -> Execution:
        if self.delay_s:
            time.sleep(self.delay_s)
        with self._lock:
            self._waiting -= 1
            if self.remember:
                self.executed.append((program.task_id, program.sample, alone))
            return self._result(program, alone=alone)

    def _result(self, program: Program, *, alone: bool) -> Execution:
        result = StepResult(name="run", status=StepStatus.EXITED, wall_s=0.25, cpu_s=0.125, peak_rss_bytes=9)
        error = ""
        match program.files[0].content.partition(":"):
            case ("pass", _, _):
                result = msgspec.structs.replace(result, completed=True)
            case ("crash", _, _):
                result = msgspec.structs.replace(result, exit_code=1)
            case ("slow", _, _):
                result = msgspec.structs.replace(result, status=StepStatus.WALL_LIMIT)
            case ("spins", _, _):
                result = msgspec.structs.replace(result, status=StepStatus.CPU_LIMIT)
            case ("waits", _, _):
                result = msgspec.structs.replace(result, status=StepStatus.WALL_LIMIT, cpu_s=0.001)
            case ("load-slow", _, _):
                status = StepStatus.EXITED if alone else StepStatus.WALL_LIMIT
                result = msgspec.structs.replace(result, status=status, completed=alone)
            case ("sandbox", _, times):
                key = (program.task_id, program.sample)
                self._failed[key] = self._failed.get(key, 0) + 1
                if self._failed[key] <= int(times):
                    error = "the sandbox died"
                result = msgspec.structs.replace(result, completed=True)
            case _:
                pass
        return Execution(task_id=program.task_id, sample=program.sample, steps=(result,), error=error)


def fake_config(benchmark: FakeBenchmark, model: FakeModel, plan: Mapping[str, int]) -> RunConfig:
    return make_config(
        benchmark, benchmark.identity, benchmark.problems, model.info, sampling=Sampling(seed=1), plan=plan
    )
