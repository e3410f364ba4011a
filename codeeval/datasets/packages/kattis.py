"""Kattis' problem package format, its legacy form and that of 2023-07.

Source: https://www.kattis.com/problem-package-format/ and github.com/Kattis/problemtools.
"""

from __future__ import annotations

import itertools
import re
import shlex
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from codeeval.datasets.packages import kattis_groups
from codeeval.datasets.packages.package import (
    Package,
    PackageCase,
    PackageChecker,
    PackageComparison,
    Submission,
    language_of,
    read_text,
    sources,
)
from codeeval.errors import DataError
from codeeval.types import CheckerForm, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from codeeval.types import SourceFile

CONFIGURATION: Final = "problem.yaml"
DEFAULT_CPU_S: Final = 5.0
"""Where a package states no time limit: Kattis then makes it of its accepted submissions' times."""
DEFAULT_MEMORY_MIB: Final = 1024
"""The format's default is 2048, which is all that a sandbox has."""
DEFAULT_OUTPUT_MIB: Final = 8
MOST_MEMORY_MIB: Final = 1920
LABELS: Final[Mapping[str, tuple[Outcome, ...]]] = {
    "accepted": (Outcome.PASSED,),
    "slow_accepted": (Outcome.PASSED, Outcome.TIMEOUT),
    "rejected": (),
    "brute_force": (),
    "partially_accepted": (),
    "wrong_answer": (Outcome.WRONG_ANSWER,),
    "time_limit_exceeded": (Outcome.TIMEOUT,),
    "run_time_error": (Outcome.RUNTIME_ERROR, Outcome.MEMORY_LIMIT, Outcome.OUTPUT_LIMIT),
}
"""Folders of ``submissions``, and the outcomes that are right for what is in them; none: any failure is."""
STATEMENTS: Final = ("statement", "problem_statement")
VALIDATORS: Final = ("output_validator", "output_validators")
SAMPLE: Final = "sample"
SEVERAL: Final = ("c", "cpp", "python")
"""Languages whose submissions may have several files."""
PYTHON_MAINS: Final = ("__main__.py", "main.py")


class LimitsSection(msgspec.Struct, frozen=True):
    """``limits`` of problem.yaml."""

    time_limit: Annotated[float, msgspec.Meta(gt=0)] | None = None
    memory: Annotated[float, msgspec.Meta(gt=0)] = DEFAULT_MEMORY_MIB
    output: Annotated[float, msgspec.Meta(gt=0)] = DEFAULT_OUTPUT_MIB


class Configuration(msgspec.Struct, frozen=True):
    """What of problem.yaml decides on verdicts."""

    validation: str = "default"
    type: str | list[str] = "pass-fail"
    validator_flags: str = ""
    limits: LimitsSection | None = None


def read_package(folder: Path) -> Package:
    """Read a package.

    Raises:
        DataError: it is incomplete or contradicts itself; names the file.
    """
    configuration = _configuration(folder / CONFIGURATION)
    limits = configuration.limits or LimitsSection()
    kinds = {*configuration.validation.split(), *_listed(configuration.type)}
    interactive = "interactive" in kinds
    checker = _validator(folder, configuration, interactive=interactive)
    if checker is None and ({"custom", "interactive"} & kinds):
        raise DataError(
            f"{folder / CONFIGURATION} wants an output validator, and there is none",
            f"Add {VALIDATORS[0]}/.",
        )
    cases = tuple(_cases(folder, needs_answers=checker is None))
    submissions = tuple(_submissions(folder))
    notes = []
    if limits.time_limit is None and not (folder / ".timelimit").is_file():
        notes.append(f"no time limit is stated: {DEFAULT_CPU_S:g} s of CPU time")
    scored = bool(kinds & {"scoring", "score"})
    if "score" in kinds:
        notes.append("scores that its output validator writes (score.txt) are not read")
    if any((folder / "data").rglob(kattis_groups.NEWER_SETTINGS)):
        notes.append(f"{kattis_groups.NEWER_SETTINGS} is not read: each test counts 1")
    if (folder / kattis_groups.GRADERS).is_dir():
        raise DataError(
            f"{folder / kattis_groups.GRADERS}: graders of a package's own are not run",
            "Express it with the default grader's flags in testdata.yaml, and remove the folder.",
        )
    known = {each.name for each in submissions}
    notes += [
        f"submissions/{each} is left out: its files make no program of one of {', '.join(SEVERAL)}"
        for each in _folders(folder)
        if each not in known
    ]
    accepted = (
        each for each in submissions if each.outcomes == (Outcome.PASSED,) and language_of(each.path.name)
    )
    return Package(
        id=folder.name,
        folder=folder,
        statement=_statement(folder, cases),
        cpu_s=limits.time_limit or _time_limit(folder / ".timelimit"),
        memory_bytes=int(min(limits.memory, MOST_MEMORY_MIB) * 2**20),
        output_bytes=int(limits.output * 2**20),
        cases=cases,
        comparison=comparison_of(configuration.validator_flags),
        checker=checker,
        groups=kattis_groups.read_groups(folder / "data", [case.input for case in cases]) if scored else None,
        submissions=submissions,
        reference=next(accepted, None),
        notes=tuple(notes),
    )


def comparison_of(flags: str) -> PackageComparison:
    """Return how the default output validator compares.

    Source: the format's "Default Output Validator Specification": tokens, whatever the case of letters.
    """
    words = shlex.split(flags)
    tolerances = [
        float(value)
        for name, value in itertools.pairwise(words)
        if name in ("float_tolerance", "float_absolute_tolerance", "float_relative_tolerance")
    ]
    tolerance = max(tolerances, default=0.0)
    if "space_change_sensitive" in words:
        return PackageComparison(name="exact")
    if "case_sensitive" in words:
        return PackageComparison(name="floats" if tolerances else "tokens", tolerance=tolerance)
    return PackageComparison(name="caseless-tokens", tolerance=tolerance)


def _configuration(path: Path) -> Configuration:
    import yaml  # noqa: PLC0415 -- only packages need it

    try:
        stated = yaml.safe_load(read_text(path)) or {}
        return msgspec.convert(stated, Configuration, strict=False)
    except yaml.YAMLError as error:
        raise DataError(f"{path}: no YAML: {error}", "Correct it.") from error
    except msgspec.ValidationError as error:
        raise DataError(f"{path}: {error}", "Correct it.") from error


def _listed(value: str | list[str]) -> list[str]:
    return value.split() if isinstance(value, str) else value


def _time_limit(path: Path) -> float:
    if not path.is_file():
        return DEFAULT_CPU_S
    try:
        return float(read_text(path))
    except ValueError:
        raise DataError(f"{path}: no number of seconds", "Correct it.") from None


def _cases(folder: Path, *, needs_answers: bool) -> Iterator[PackageCase]:
    """Yield the tests, samples first, in the order of their names.

    Raises:
        DataError: there are none, or one has no answer though the comparison needs it.
    """
    data = folder / "data"
    inputs = sorted(
        data.rglob("*.in"), key=lambda path: (path.relative_to(data).parts[0] != SAMPLE, path.as_posix())
    )
    if not inputs:
        raise DataError(f"{data} has no tests in it", "A test is a file NAME.in with its NAME.ans.")
    for path in inputs:
        answer = path.with_suffix(".ans")
        if not answer.is_file() and needs_answers:
            raise DataError(f"{path} has no answer beside it", f"Add {answer.name}.")
        yield PackageCase(
            name=path.relative_to(data).with_suffix("").as_posix(),
            input=path,
            answer=answer if answer.is_file() else None,
        )


def _validator(folder: Path, configuration: Configuration, *, interactive: bool) -> PackageChecker | None:
    places = [folder / name for name in VALIDATORS if (folder / name).is_dir()]
    if not places or (configuration.validation == "default" and len(list(_files(places[0]))) == 0):
        return None
    inside = [path for path in sorted(places[0].iterdir()) if path.is_dir()]
    place = (
        inside[0] if len(inside) == 1 and not list(_mains(tuple(sources(places[0])), top=True)) else places[0]
    )
    files = tuple(sources(place))
    mains = list(_mains(files))
    if len(mains) != 1:
        raise DataError(
            f"{place} has {len(mains)} programs in it, not one: {', '.join(mains) or 'nothing'}",
            "codeeval runs one output validator of one source file and headers.",
        )
    return PackageChecker(
        main=mains[0],
        language=language_of(mains[0]),
        form=CheckerForm.KATTIS,
        files=files,
        folders=(".",),
        arguments=tuple(shlex.split(configuration.validator_flags)),
        interactive=interactive,
    )


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _mains(files: tuple[SourceFile, ...], *, top: bool = False) -> Iterator[str]:
    for file in files:
        if language_of(file.path) and not (top and "/" in file.path):
            yield file.path


def _submissions(folder: Path) -> Iterator[Submission]:
    """Yield the submissions; those of several files are in folders of their own."""
    for label, outcomes in LABELS.items():
        for path in sorted((folder / "submissions" / label).glob("*.*")):
            if path.is_file():
                yield Submission(name=f"{label}/{path.name}", path=path, outcomes=outcomes)
    for name in _folders(folder):
        path = folder / "submissions" / name
        files = tuple(sources(path))
        main = _main_of(files)
        if main:
            others = tuple(file for file in files if file.path != main)
            outcomes = LABELS[name.partition("/")[0]]
            yield Submission(name=name, path=path / main, outcomes=outcomes, others=others)


def _folders(folder: Path) -> Iterator[str]:
    for label in LABELS:
        for path in sorted((folder / "submissions" / label).glob("*")):
            if path.is_dir():
                yield f"{label}/{path.name}"


def _main_of(files: tuple[SourceFile, ...]) -> str:
    """Name the file that a program of several begins in; empty where there is none.

    Source: the format's "Programs". C and C++ are compiled together, so any file may have ``main``.
    """
    programs = [file for file in files if language_of(file.path)]
    languages = {language_of(file.path) for file in programs}
    if len(languages) != 1 or not languages <= set(SEVERAL) or any("/" in file.path for file in programs):
        return ""
    if languages == {"python"}:
        return next((file.path for file in programs if file.path in PYTHON_MAINS), "")
    return next((file.path for file in programs if re.search(r"\bmain\s*\(", file.content)), "")


def _statement(folder: Path, cases: tuple[PackageCase, ...]) -> str:
    """Return the statement in English, else in whatever language there is, with the samples."""
    found = sorted(path for name in STATEMENTS for path in (folder / name).glob("problem*.*"))
    texts = [path for path in found if path.suffix in (".tex", ".md")]
    english = [path for path in texts if path.stem in ("problem", "problem.en")] or texts
    if not english:
        raise DataError(f"{folder} has no statement", f"Add {STATEMENTS[0]}/problem.en.tex or .md.")
    text = re.sub(r"\\problemname\{(.*)\}", r"\1", read_text(english[0])).strip()
    return "\n".join((text, *_samples(folder, cases), ""))


def _samples(folder: Path, cases: tuple[PackageCase, ...]) -> Iterator[str]:
    shown = [case for case in cases if case.name.startswith(f"{SAMPLE}/")]
    for number, case in enumerate(shown, start=1):
        yield f"\nSample Input {number}:\n{read_text(case.input)}"
        if case.answer:
            yield f"Sample Output {number}:\n{read_text(case.answer)}"
    for number, path in enumerate(sorted((folder / "data" / SAMPLE).glob("*.interaction")), start=1):
        lines = read_text(path).splitlines()
        marks = {"<": "Read", ">": "Print"}  # Kattis: "<" is what the solution reads, ">" what it prints
        turns = [f"{marks[line[0]]}: {line[1:].strip()}" for line in lines if line[:1] in marks]
        yield "\n".join((f"\nSample Interaction {number}:", *turns))
