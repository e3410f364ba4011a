"""Checks which reference solutions pass here, before scores are computed in an environment that is broken.

A benchmark whose tasks need many libraries is scored wrongly where one is missing or too new, and nothing in
the score shows it. So the references of the selected tasks run first, once: results are kept in the cache,
by the content of the program and of what it ran in.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import DataError
from codeeval.interfaces import ChecksReferences
from codeeval.pipeline.limits import DEFAULT_LIMITS
from codeeval.pipeline.progress import Counts, Progress, Silent
from codeeval.pipeline.verifier import Verifier
from codeeval.reading import read_bounded
from codeeval.records import write_atomically, writing
from codeeval.types import Outcome, Program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codeeval.interfaces import Benchmark
    from codeeval.pipeline.pools import ProgramPool
    from codeeval.records import SandboxInfo
    from codeeval.types import LimitOptions, Problem, Verdict

REFERENCES: Final = "references.json"
"""Name of the report in a run directory."""


class ReferenceFailure(msgspec.Struct, frozen=True, kw_only=True):
    """A reference that does not pass here."""

    task_id: str
    outcome: Outcome
    detail: str
    missing: str = ""
    """What it lacks, where its error tells: a package, data, the network."""
    known: str = ""
    """What the benchmark's maintainers of this program know about it."""


class ReferenceReport(msgspec.Struct, frozen=True, kw_only=True):
    """How the references fare here; ``references.json`` of a run directory."""

    tasks: int
    passed: int
    failures: tuple[ReferenceFailure, ...]
    peak_rss_bytes: int = 0
    """Most memory that one of them used."""
    measured: int = 0
    """Those that ran now; the others are in the cache."""
    cache: str
    """The file that holds the results."""

    @property
    def share(self) -> float:
        """Share of the references that pass."""
        return self.passed / self.tasks if self.tasks else 1.0


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the cache."""

    program: str
    task_id: str
    outcome: Outcome
    detail: str
    peak_rss_bytes: int


def check_references(
    benchmark: Benchmark,
    problems: Sequence[Problem],
    pool: ProgramPool,
    sandbox: SandboxInfo,
    *,
    cache_dir: Path,
    limits: LimitOptions = DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> ReferenceReport:
    """Run the references that have not run in such a sandbox before, and report on all.

    Args:
        benchmark: makes the programs.
        problems: the selected ones.
        pool: started, of the benchmark's image.
        sandbox: what the pool's sandboxes are.
        cache_dir: the user's.
        limits: in place of the benchmark's own.
        progress: is told how it goes.

    Raises:
        SandboxError: no sandbox works any more.
        StorageError: the cache cannot be written.
    """
    path = cache_dir / "references" / f"{_environment(sandbox)}.jsonl"
    verifier = Verifier(pool, benchmark, limits=limits)
    made = [verifier.make(problem, benchmark.reference(problem)) for problem in problems]
    known = _read(path)
    digests = [_digest(each) if isinstance(each, Program) else "" for each in made]
    results = {index: known[digest] for index, digest in enumerate(digests) if digest in known}
    wanted = [index for index in range(len(made)) if index not in results]
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            counts = Counts(samples=len(wanted), generated=len(wanted))
            for number, verdict in verifier.each(made[index] for index in wanted):
                counts.executed += 1
                counts.passed += verdict.outcome is Outcome.PASSED
                (progress or Silent()).update(counts)
                index = wanted[number]
                result = results[index] = _result(digests[index], verdict)
                if verdict.outcome is not Outcome.SANDBOX_ERROR:
                    # a newline first: the last line may be torn
                    file.write(b"\n" + msgspec.json.encode(result) + b"\n")
                    file.flush()
    if wanted:
        pool.renew()
    return _report(benchmark, [results[index] for index in range(len(made))], len(wanted), path)


def write_references(folder: Path, report: ReferenceReport) -> None:
    """Write the report into a run directory.

    Raises:
        StorageError: it cannot be written.
    """
    write_atomically(folder / REFERENCES, (msgspec.json.format(msgspec.json.encode(report), indent=2), b"\n"))


def read_references(folder: Path) -> ReferenceReport | None:
    """Read a run's report, None where there is none.

    Raises:
        DataError: it is malformed.
    """
    path = folder / REFERENCES
    try:
        return msgspec.json.decode(read_bounded(path), type=ReferenceReport)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise DataError(f"{path}: malformed: {error}", "Remove it; the next run writes it anew.") from error


def merged_references(reports: Sequence[ReferenceReport], order: Sequence[str]) -> ReferenceReport:
    """Put the reports of a run's shards together, failures in the order of the tasks."""
    places = {task: place for place, task in enumerate(order)}
    failures = [failure for report in reports for failure in report.failures]
    return ReferenceReport(
        tasks=sum(report.tasks for report in reports),
        passed=sum(report.passed for report in reports),
        failures=tuple(sorted(failures, key=lambda failure: places.get(failure.task_id, len(places)))),
        peak_rss_bytes=max(report.peak_rss_bytes for report in reports),
        measured=sum(report.measured for report in reports),
        cache=reports[0].cache,
    )


def _environment(sandbox: SandboxInfo) -> str:
    """Hash what a reference's result depends on besides its program."""
    text = msgspec.json.encode((sandbox.launcher, sandbox.description, sandbox.toolchain), order="sorted")
    return hashlib.sha256(text).hexdigest()[:16]


def _digest(program: Program) -> str:
    plain = msgspec.structs.replace(program, sample=0)
    return hashlib.sha256(msgspec.json.encode(plain)).hexdigest()


def _read(path: Path) -> dict[str, _Known]:
    """Read the cache; a line that is torn or of another version counts as not there."""
    known: dict[str, _Known] = {}
    try:
        lines = read_bounded(path).splitlines()
    except OSError:
        return known
    for line in filter(None, lines):
        try:
            result = msgspec.json.decode(line, type=_Known)
        except msgspec.MsgspecError:
            continue
        known[result.program] = result
    return known


def _result(digest: str, verdict: Verdict) -> _Known:
    return _Known(
        program=digest,
        task_id=verdict.task_id,
        outcome=verdict.outcome,
        detail=verdict.detail,
        peak_rss_bytes=verdict.peak_rss_bytes,
    )


def _report(benchmark: Benchmark, results: Sequence[_Known], measured: int, path: Path) -> ReferenceReport:
    failed = [result for result in results if result.outcome is not Outcome.PASSED]
    explain = benchmark.known_failure if isinstance(benchmark, ChecksReferences) else lambda _: ""
    return ReferenceReport(
        tasks=len(results),
        passed=len(results) - len(failed),
        failures=tuple(
            ReferenceFailure(
                task_id=result.task_id,
                outcome=result.outcome,
                detail=result.detail,
                missing=missing(result.detail),
                known=explain(result.task_id),
            )
            for result in failed
        ),
        peak_rss_bytes=max((result.peak_rss_bytes for result in results), default=0),
        measured=measured,
        cache=str(path),
    )


_MISSING: Final = (
    (re.compile(r"No module named '([\w.]+)'"), "the package {}"),
    (re.compile(r"Resource '?\x1b?\[?\d*m?([\w/]+)"), "the NLTK data {}"),
    (re.compile(r"cannot open shared object|lib[\w.]+\.so[\w.]*"), "a library of the system"),
    (
        re.compile(
            r"URLError|ConnectionError|NameResolution|Max retries|getaddrinfo|Name or service|gaierror"
        ),
        "the network",
    ),
    (re.compile(r"No such file or directory: '([^']+)'"), "the file or command {}"),
)


def missing(detail: str) -> str:
    """Say what a program lacks, from the last line of its error; empty where that does not tell."""
    for pattern, words in _MISSING:
        if found := pattern.search(detail):
            return words.format(*found.groups())
    return ""
