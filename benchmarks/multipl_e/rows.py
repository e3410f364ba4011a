"""Rows of MultiPL-E, and problems made of them."""

from __future__ import annotations

import difflib
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.benchmarks.common.joining import joined
from codeeval.benchmarks.common.signatures import entry_point
from codeeval.benchmarks.multipl_e import references
from codeeval.benchmarks.multipl_e.suffixes import (
    ALL,
    PUBLISHED,
    SOURCES,
    SUFFIXES,
    TWELVE,
    dataset,
    is_published,
    language_of,
)
from codeeval.datasets import content_hash, load_rows
from codeeval.errors import CodeEvalError, DataError, UnknownName
from codeeval.interfaces import DatasetIdentity, DataSource, LoadedProblems
from codeeval.languages import LANGUAGES, finish, language
from codeeval.reading import read_bounded
from codeeval.translators.marker import folder_of, read_marker
from codeeval.types import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TWELVE: Final = Path(__file__).parent / "twelve"
_log = logging.getLogger(__name__)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the dataset has it."""

    name: str
    language: str
    prompt: str
    tests: str
    stop_tokens: tuple[str, ...]


def load(source_name: str, suffix: str, source: DataSource) -> LoadedProblems:
    """Read the problems of one language, or of all that can be had.

    Args:
        source_name: ``humaneval``, ``mbpp``, ``twelve``, or what was translated by ``codeeval translate``.
        suffix: the language's, or ``all``.
        source: where the data set is.

    Raises:
        DataError: rows cannot be read or are malformed; of ``all``, those of every language.
        UnknownName: the language has no entry.
    """
    if suffix != ALL:
        rows, identity = _read(source_name, suffix, source)
        return LoadedProblems(problems=tuple(_problems(rows, suffix)), identity=identity)
    problems: list[Problem] = []
    identities: list[DatasetIdentity] = []
    first_error: CodeEvalError | None = None
    for each in _languages(source_name):
        if not is_published(source_name, each) and not _has(source, f"{source_name}-{each}"):
            continue
        try:
            rows, identity = _read(source_name, each, source)
            of_language = list(_problems(rows, each))
        except (DataError, UnknownName) as error:
            if first_error is None and not problems and not _mirrored(source):
                raise
            first_error = first_error or error
            _log.warning("excluded: %s-%s: %s", source_name, each, error.message)
            continue
        problems += (_among_others(problem) for problem in of_language)
        identities.append(identity)
    if not problems:
        raise first_error or _absent(source_name, suffix, source)
    return LoadedProblems(problems=tuple(problems), identity=joined(identities))


def _languages(source_name: str) -> Sequence[str]:
    """Return the suffixes that ``all`` stands for: the published ones; of other sources every one."""
    return PUBLISHED if is_published(source_name, ALL) else tuple(SUFFIXES)


def _has(source: DataSource, config: str) -> bool:
    return source.root is not None and folder_of(source.root, config).is_dir()


def _absent(source_name: str, suffix: str, source: DataSource) -> DataError:
    where = f"{source.root} has no translation" if source.root else "no data root is named"
    near = difflib.get_close_matches(source_name, SOURCES, n=1, cutoff=0.8)
    meant = f"Did you mean multipl-e:{near[0]}-{suffix}? Otherwise make it" if near else "Make it"
    return DataError(
        f"multipl-e:{source_name}-{suffix} is not published, and {where}",
        f"{meant}: codeeval translate {source_name} --to {suffix} --out DIR, and name DIR with --data-root.",
    )


def _mirrored(source: DataSource) -> bool:
    return source.root is not None and (source.root / dataset(ALL).id).is_dir()


def _among_others(problem: Problem) -> Problem:
    """Name a problem by its language too: every language has the same problems."""
    return msgspec.structs.replace(
        problem, task_id=f"{problem.language}/{problem.task_id}", groups=(problem.language,)
    )


def _read(source_name: str, suffix: str, source: DataSource) -> tuple[Sequence[Row], DatasetIdentity]:
    if source_name == TWELVE:
        return _embedded(suffix)
    config = f"{source_name}-{suffix}"
    if not is_published(source_name, suffix) and not _has(source, config):
        raise _absent(source_name, suffix, source)
    ref = dataset(config)
    marker = read_marker(source.root, config)
    if marker is None:
        loaded = load_rows(ref, "test", source, Row)
        return loaded.rows, loaded.identity
    loaded = load_rows(msgspec.structs.replace(ref, sha256={"test": marker.sha256}), "test", source, Row)
    identity = loaded.identity
    if identity.sha256 == marker.sha256:  # else the rows were changed since, and their provenance is unknown
        identity = msgspec.structs.replace(identity, revision=marker.revision)
    return loaded.rows, identity


def _embedded(suffix: str) -> tuple[Sequence[Row], DatasetIdentity]:
    """Read the hand-written rows of a language that has no published ones here."""
    path = _TWELVE / f"{suffix}.jsonl"
    if not path.is_file():
        raise UnknownName("language with hand-written rows", suffix, hand_written())
    rows: list[Row] = []
    raw = []
    for number, line in enumerate(read_bounded(path).splitlines(), start=1):
        try:
            raw.append(json.loads(line))
            rows.append(msgspec.convert(raw[-1], Row))
        except (ValueError, msgspec.ValidationError) as error:
            raise DataError(f"{path}:{number}: {error}", "Each line is one row.") from error
    identity = DatasetIdentity(
        id="multipl-e-twelve",
        config=suffix,
        split="test",
        revision="embedded",
        sha256=content_hash(raw),
        rows=len(rows),
    )
    return rows, identity


def hand_written() -> list[str]:
    """List the suffixes of the languages that have hand-written rows."""
    return sorted(path.stem for path in _TWELVE.glob("*.jsonl"))


def _problems(rows: Iterable[Row], suffix: str) -> Iterable[Problem]:
    """Make problems of one language's rows.

    Raises:
        DataError: a row is of another language, or its tests lack the shape that the epilogue wants.
        UnknownName: the language has no entry.
    """
    id_ = language_of(suffix)
    entry = language(id_)
    known = references.solutions(id_)
    for index, row in enumerate(rows):
        try:
            same = language_of(row.language) == id_
        except UnknownName:
            same = False
        where = f"MultiPL-E ({suffix}), row {index} ({row.name})"
        if not same:
            raise DataError(
                f"{where} is in language {row.language!r}, not {suffix}", "Fetch the dataset again."
            )
        if finish(row.tests, entry.epilogue) is None:
            raise DataError(
                f"{where}: its tests do not end as those of {entry.title} do, so a test program could not "
                "prove that it ran to its end",
                "Fetch the dataset again.",
            )
        yield Problem(
            task_id=row.name,
            prompt=row.prompt,
            entry_point=entry_point(row.prompt) or row.name,
            reference=known.get(row.name, ""),
            tests=(row.tests,),
            language=id_,
            stop=tuple(stop for stop in row.stop_tokens if stop),
        )


def languages(source_name: str, suffix: str) -> tuple[str, ...]:
    """Return the languages of a suffix, or of all, whose programs run: those with an entry only.

    Raises:
        UnknownName: the language has no entry.
    """
    if suffix != ALL:
        return (language(language_of(suffix)).id,)
    return tuple(id_ for id_ in map(language_of, _languages(source_name)) if id_ in LANGUAGES)
