"""The files of MultiPL-E's scripts: one JSON file a problem with all its completions, and one of results.

Read as samples, and written from a run so that its own pass_k.py computes from our verdicts.

Source: nuprl/MultiPL-E, multipl_e/completions.py (``read_completions``: NAME.json.gz), evaluation/src/main.py
(``evaluate_problem``: NAME.results.json.gz; it takes ``*.json`` and ``*.json.gz`` except its own results),
evaluation/src/containerized_eval.py (``eval_string_script``), and pass_k.py, which counts results whose
status is OK and whose exit code is 0.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import zlib
from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from codeeval.errors import DataError, UsageError
from codeeval.formats.sample import FileSample
from codeeval.interfaces import MultiplEFormat
from codeeval.reading import read_bounded, read_unpacked
from codeeval.records import write_atomically, writing
from codeeval.text import clean_text, read_integer
from codeeval.types import CompletionKind, Outcome, StepStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from codeeval.interfaces import Benchmark
    from codeeval.records import RunDirectory
    from codeeval.types import Problem, Verdict

_ENDINGS: Final = (".json", ".json.gz")
_RESULTS: Final = (".results.json", ".results.json.gz")
_SHAPE: Final = (
    'A file of MultiPL-E is {"name": ..., "prompt": ..., "completions": [...], ...}; --keep-going excludes '
    "malformed ones."
)

KILLED: Final = -1
"""Exit code of a program that exceeded a limit, as its evaluator states it."""


class _FileError(Exception):
    """What is wrong with a file."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one completion."""

    program: str
    timestamp: int
    stdout: str
    stderr: str
    exit_code: int
    status: str


def is_completions_file(path: Path) -> bool:
    """Whether this is a file as MultiPL-E's generation scripts write them."""
    if not path.name.endswith(_ENDINGS):
        return False
    try:
        return "completions" in _parse(path)
    except _FileError:
        return False


def completions_files(folder: Path) -> list[Path]:
    """List the files of a folder that are named as MultiPL-E's generation scripts name them."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.name.endswith(_ENDINGS) and not path.name.endswith(_RESULTS) and path.is_file()
    )


class CompletionsFiles:
    """The completions of several files, read again on demand; see ``SampleFiles``.

    Args:
        path: the file or folder that was named.
        files: the files.
        keep_going: exclude malformed files and count them, instead of failing at the first.

    Raises:
        DataError: a file is malformed, or two are of one problem.
    """

    def __init__(self, path: Path, files: list[Path], *, keep_going: bool = False) -> None:
        self.path = path
        self.skipped: list[str] = []
        self.skipped_count = 0
        self.notes: tuple[str, ...] = ()
        self._files: dict[str, Path] = {}
        self._counts: dict[str, int] = {}
        self._last: tuple[str, list[str], str | None] = ("", [], None)
        """The problem that was read last: its samples are read one after another."""
        digest = hashlib.sha256()
        for file in files:
            try:
                self._add(file)
                digest.update(read_bounded(file))
            except _FileError as error:
                if not keep_going:
                    raise DataError(f"{file}: {error}", _SHAPE) from error
                self.skipped_count += 1
                self.skipped.append(f"{file}: {error}")
        self.samples = sum(self._counts.values())
        self.sha256 = digest.hexdigest()
        if not self.samples:
            raise DataError(f"{path} contains no completion", _SHAPE)

    def _add(self, file: Path) -> None:
        value = _parse(file)
        name, texts = value.get("name"), _texts(value)
        if not isinstance(name, str) or not name:
            raise _FileError("no name")
        if name in self._files:
            raise _FileError(f"{self._files[name]} is of {name} too")
        if texts:
            self._files[name] = file
            self._counts[name] = len(texts)

    def task_ids(self) -> Iterator[str]:
        """Problems that have completions, in order of the files' names."""
        return iter(self._files)

    def count(self, task_id: str) -> int:
        """Completions of a problem."""
        return self._counts.get(task_id, 0)

    def size_bytes(self, task_id: str, index: int) -> int:  # noqa: ARG002 -- a file is read as a whole
        """Bytes of the problem's file."""
        return self._files[task_id].stat().st_size

    def read(self, task_id: str, index: int) -> FileSample:
        """Read a completion.

        Raises:
            DataError: the file has changed since it was indexed.
        """
        file = self._files[task_id]
        if self._last[0] != task_id:
            try:
                value = _parse(file)
                self._last = task_id, _texts(value), _prompt(value)
            except _FileError as error:
                raise DataError(f"{file} has changed while it was read: {error}", "Run it again.") from error
        _, texts, prompt = self._last
        if len(texts) != self._counts[task_id]:
            raise DataError(f"{file} has changed while it was read", "Run it again.")
        return FileSample(task_id, clean_text(texts[index]), CompletionKind.CONTINUATION, prompt=prompt)

    def close(self) -> None:
        """Nothing is open."""


def _parse(file: Path) -> dict[str, object]:
    try:
        # Not msgspec: it refuses the lone surrogates that models do write.
        value = json.loads(read_unpacked(file), parse_int=read_integer)
    except (OSError, EOFError, zlib.error) as error:
        raise _FileError(f"cannot be read: {error}") from error
    except (ValueError, RecursionError) as error:
        raise _FileError(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise _FileError(f"expected a JSON object, got {type(value).__name__}")
    return value


def _texts(value: dict[str, object]) -> list[str]:
    if "completions" not in value:
        raise _FileError("no completions")
    listed = value["completions"]
    if not isinstance(listed, list):
        raise _FileError(f"completions is not a list but {type(listed).__name__}")
    texts = [text for text in listed if isinstance(text, str)]
    if len(texts) < len(listed):
        raise _FileError("a completion is not a string")
    return texts


def _prompt(value: dict[str, object]) -> str | None:
    prompt = value.get("prompt")
    return prompt if isinstance(prompt, str) else None


def export_multipl_e(
    directory: RunDirectory, benchmark: Benchmark, problems: Mapping[str, Problem], out: Path
) -> int:
    """Write two files a problem, its completions and their results; returns how many completions.

    Where the run has several languages, each has a folder of its own. Results end before the first completion
    that has no verdict, because they are matched by position; its evaluator continues from there.

    Args:
        directory: the run.
        benchmark: made with the run's options.
        problems: its problems by task id.
        out: the folder, made where it does not exist.

    Raises:
        UsageError: the benchmark's programs are not made as MultiPL-E's are.
        DataError: the run has no completion, or one of a problem that is not there.
        StorageError: a file cannot be written.
    """
    if not isinstance(benchmark, MultiplEFormat):
        raise UsageError(
            f"{benchmark.name} is not made of prompt, completion and tests as MultiPL-E is",
            "Choose another --format.",
        )
    count = 0
    several = len({problems[task].language for task in directory.config.plan if task in problems}) > 1
    for task_id in directory.config.plan:
        problem = problems.get(task_id)
        if problem is None:
            raise DataError(f"{directory.path}: the benchmark has no task {task_id!r}")
        folder = out / benchmark.row_language(problem) if several else out
        count += _write(directory, benchmark, problem, folder)
    if not count:
        raise DataError(f"{directory.path} has no completions", "Generate some: codeeval generate.")
    return count


def _write(directory: RunDirectory, benchmark: MultiplEFormat, problem: Problem, folder: Path) -> int:
    planned = directory.config.plan[problem.task_id]
    indices = [directory.index(problem.task_id, sample) for sample in range(planned)]
    there = [index for index in indices if index is not None and directory.has_completion(index)]
    if not there:
        return 0
    solutions = [benchmark.solution(problem, directory.completion(index)) for index in there]
    kinds = {directory.completion(index).kind for index in there}
    verbatim = all(each.startswith(problem.prompt) for each in solutions)
    prompt = problem.prompt if verbatim or kinds == {CompletionKind.CONTINUATION} else ""
    sampling = directory.config.sampling
    row: dict[str, object] = {
        "name": benchmark.row_name(problem),
        "language": benchmark.row_language(problem),
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "prompt": prompt,
        "tests": problem.tests[0],
        "stop_tokens": list(problem.stop),
    }
    completions = [each.removeprefix(prompt) for each in solutions]
    name = str(row["name"])
    _save(folder / f"{name}.json.gz", row | {"completions": completions})
    results = []
    created = int(dt.datetime.fromisoformat(directory.config.created).timestamp())
    for index, completion in zip(there, completions, strict=True):
        outcome = directory.outcome(index)
        if outcome in (None, Outcome.SANDBOX_ERROR):
            break
        program = f"{prompt}{completion}\n{problem.tests[0]}"
        results.append(_result(directory.verdict(index), program, created))
    if results:
        listed = [msgspec.structs.asdict(each) for each in results]
        _save(folder / f"{name}.results.json.gz", row | {"results": listed})
    return len(there)


def _result(verdict: Verdict, program: str, timestamp: int) -> Result:
    return Result(
        program=program,
        timestamp=timestamp,
        stdout=verdict.stdout,
        stderr=verdict.stderr,
        exit_code=_exit_code(verdict),
        status=_status(verdict.outcome),
    )


def _exit_code(verdict: Verdict) -> int:
    if not verdict.evidence:
        return KILLED
    last = verdict.evidence[0].last
    match last.status:
        case StepStatus.EXITED:
            return last.exit_code
        case StepStatus.SIGNALED:
            return -last.signal
        case (
            StepStatus.CPU_LIMIT
            | StepStatus.WALL_LIMIT
            | StepStatus.DEADLOCK
            | StepStatus.MEMORY_LIMIT
            | StepStatus.OUTPUT_LIMIT
        ):
            return KILLED
        case never:
            assert_never(never)


def _status(outcome: Outcome) -> str:
    match outcome:
        case Outcome.PASSED:
            return "OK"
        case Outcome.TIMEOUT:
            return "Timeout"
        case Outcome.COMPILE_ERROR:
            return "SyntaxError"
        case _:
            return "Exception"


def _save(path: Path, value: dict[str, object]) -> None:
    with writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value)  # escapes what UTF-8 cannot hold, as its scripts do
    write_atomically(path, (gzip.compress(text.encode(), mtime=0),))
