"""Library Checker's problem packages.

Source: github.com/yosupo06/library-checker-problems: problem.py, generate.py and docs/.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from codeeval.datasets.packages.package import (
    Package,
    PackageCase,
    PackageChecker,
    PackageComparison,
    Submission,
    read_bytes,
    read_text,
    sources,
)
from codeeval.errors import DataError
from codeeval.types import CheckerForm, Outcome, SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

CONFIGURATION: Final = "info.toml"
MEMORY_BYTES: Final = 1 << 30
OUTPUT_BYTES: Final = 48 << 20
REFERENCE: Final = "correct.cpp"
COMMON: Final = "common"
"""The folder with testlib.h and random.h: of the checkout, above the problems."""
CHECKER: Final = "checker.cpp"
PARAMETERS: Final = "params.h"
LABELS: Final[Mapping[str, tuple[Outcome, ...]]] = {
    "AC": (Outcome.PASSED,),
    "WA": (Outcome.WRONG_ANSWER,),
    "TLE": (Outcome.TIMEOUT,),
    "RE": (Outcome.RUNTIME_ERROR, Outcome.MEMORY_LIMIT),
}


class TestEntry(msgspec.Struct, frozen=True):
    """An element of ``tests``: a generator, or inputs that lie there, and how many there are."""

    name: str
    number: Annotated[int, msgspec.Meta(ge=0)]


class SolutionEntry(msgspec.Struct, frozen=True):
    """An element of ``solutions``, and what is known of it."""

    name: str
    expect: str = ""
    wrong: bool = False
    allow_tle: bool = False
    allow_re: bool = False

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Those that are right for it; none where any failure is."""
        if self.wrong and not self.expect:
            return ()
        return (
            *LABELS[self.expect or "AC"],
            *((Outcome.TIMEOUT,) if self.allow_tle else ()),
            *((Outcome.RUNTIME_ERROR, Outcome.MEMORY_LIMIT) if self.allow_re else ()),
        )


class Info(msgspec.Struct, frozen=True):
    """info.toml."""

    title: str
    timelimit: Annotated[float, msgspec.Meta(gt=0)]
    tests: list[TestEntry] = []
    solutions: list[SolutionEntry] = []
    params: dict[str, int | float | str] = {}


def read_package(folder: Path) -> Package:
    """Read a package. Its tests are those whose inputs and outputs lie in ``in`` and ``out``.

    Raises:
        DataError: it is incomplete or contradicts itself; names the file.
    """
    info = read_info(folder)
    expected = hashes(folder)
    cases = tuple(_cases(folder, info))
    missing = sum(entry.number for entry in info.tests) - len(cases)
    if not cases:
        raise DataError(
            f"{folder} has no tests in it: neither in/ and out/ nor inputs in gen/ with their outputs",
            f"Make them: codeeval packages generate {folder}",
        )
    notes = [f"{missing} of {missing + len(cases)} tests are not there"] if missing else []
    if not expected:
        notes.append("no hash.json: inputs and outputs are not verified")
    submissions = tuple(_submissions(folder, info))
    return Package(
        id=folder.name,
        folder=folder,
        statement=_statement(folder, info, cases),
        cpu_s=info.timelimit,
        memory_bytes=MEMORY_BYTES,
        output_bytes=OUTPUT_BYTES,
        cases=cases,
        comparison=PackageComparison(name="tokens"),
        checker=checker_of(folder, info),
        headers=headers(folder, info),
        place="sol",
        folders=(COMMON,),
        submissions=submissions,
        reference=next((each for each in submissions if each.path.name == REFERENCE), None),
        notes=tuple(notes),
    )


def read_info(folder: Path) -> Info:
    """Read info.toml.

    Raises:
        DataError: it is no TOML, or lacks something.
    """
    path = folder / CONFIGURATION
    try:
        info = msgspec.convert(tomllib.loads(read_text(path)), Info)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path}: no TOML: {error}", "Correct it.") from error
    except msgspec.ValidationError as error:
        raise DataError(f"{path}: {error}", "Correct it.") from error
    for each in info.solutions:
        if each.expect and each.expect not in LABELS:
            raise DataError(
                f"{path}: {each.name}: expect is {each.expect!r}", f"It is one of {', '.join(LABELS)}."
            )
    return info


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of inputs and outputs by file name; empty where the package has none.

    Raises:
        DataError: hash.json is no object of texts.
    """
    path = folder / "hash.json"
    if not path.is_file():
        return {}
    try:
        return msgspec.json.decode(read_bytes(path), type=dict[str, str])
    except msgspec.MsgspecError as error:
        raise DataError(f"{path}: {error}", "Restore it.") from error


def case_names(info: Info) -> Iterator[tuple[TestEntry, int, str]]:
    """Yield each test's entry, number and name, as ``random_01`` for the second of ``random.cpp``."""
    for entry in info.tests:
        for number in range(entry.number):
            yield entry, number, f"{entry.name.rpartition('.')[0]}_{number:02}"


def checker_of(folder: Path, info: Info) -> PackageChecker | None:
    """Return the package's checker; None where it has none and tokens are compared."""
    path = folder / CHECKER
    if not path.is_file():
        return None
    files = [SourceFile(path=CHECKER, content=read_text(path)), *headers(folder, info, of_solutions=False)]
    if "testlib.h" in read_text(path) and not any(file.path == f"{COMMON}/testlib.h" for file in files):
        raise DataError(
            f"{path} includes testlib.h, which is neither in {COMMON}/ beside the package nor above it",
            "Keep the package in its checkout, or put testlib.h into a folder called common.",
        )
    return PackageChecker(
        main=CHECKER, language="cpp", form=CheckerForm.TESTLIB, files=tuple(files), folders=(COMMON,)
    )


def headers(folder: Path, info: Info, *, of_solutions: bool = True) -> tuple[SourceFile, ...]:
    """Return the headers that a package's programs include, params.h among them."""
    found = {file.path: file for file in _above(folder)}
    found[PARAMETERS] = SourceFile(path=PARAMETERS, content=parameters(info))
    for path in sorted(folder.glob("*.h*")):
        if path.suffix in (".h", ".hpp"):
            found.setdefault(path.name, SourceFile(path=path.name, content=read_text(path)))
    below = ("sol", "hpp", "lib", "bsdsdblib") if of_solutions else ("gen",)
    for name in below:
        for file in sources(folder / name, headers_only=True, within=folder):
            found.setdefault(file.path, file)
    return tuple(found.values())


def parameters(info: Info) -> str:
    """Write params.h, as problem.py does."""
    return "".join(f"#define {name} {_parameter(value)}\n" for name, value in info.params.items())


def _parameter(value: float | str) -> str:
    if isinstance(value, str):
        return json.dumps(value)
    return f"(long long){value}" if isinstance(value, int) else str(value)


def _above(folder: Path) -> Iterator[SourceFile]:
    """Yield the headers of the nearest folder ``common`` that is in the package or above it."""
    for place in (folder, *folder.resolve().parents):
        if (place / COMMON).is_dir():
            for file in sources(place / COMMON, headers_only=True):
                yield SourceFile(path=f"{COMMON}/{file.path}", content=file.content)
            return


def _cases(folder: Path, info: Info) -> Iterator[PackageCase]:
    for _, _, name in case_names(info):
        inside, output = folder / "in" / f"{name}.in", folder / "out" / f"{name}.out"
        if inside.is_file() and output.is_file():
            yield PackageCase(name=name, input=inside, answer=output)


def _submissions(folder: Path, info: Info) -> Iterator[Submission]:
    stated = {each.name: each for each in info.solutions}
    entries = {REFERENCE: stated.pop(REFERENCE, SolutionEntry(name=REFERENCE)), **stated}
    for name, entry in entries.items():
        path = folder / "sol" / name
        if path.is_file():
            yield Submission(name=name, path=path, outcomes=entry.outcomes)


def _statement(folder: Path, info: Info, cases: tuple[PackageCase, ...]) -> str:
    text = read_text(folder / "task.md")
    text = re.sub(r"@\{lang\.ja\}.*?(?=@\{lang\.|\Z)", "", text, flags=re.DOTALL)
    text = re.sub(r"@\{lang\.\w+\}\n?", "", text)
    text = re.sub(r"@\{keyword\.(\w+)\}", lambda found: found[1].capitalize(), text)
    text = re.sub(r"@\{param\.(\w+)\}", lambda found: _shown(info.params.get(found[1])), text)
    by_name = {case.name: case for case in cases}
    text = re.sub(r"@\{example\.(\w+)\}", lambda found: _example(by_name.get(found[1])), text)
    return f"# {info.title}\n\n{text.strip()}\n"


def _shown(value: float | str | None) -> str:
    return "?" if value is None else str(value)


def _example(case: PackageCase | None) -> str:
    if case is None or case.answer is None:
        return ""
    return f"Input:\n```\n{read_text(case.input)}```\nOutput:\n```\n{read_text(case.answer)}```"
