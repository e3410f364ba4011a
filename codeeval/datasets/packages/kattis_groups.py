"""Groups of tests of Kattis' packages: ``testdata.yaml``.

Source: Kattis' problem package format, legacy version, "Test Data Groups" and "Graders".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

import msgspec

from codeeval.datasets.packages.package import read_text
from codeeval.errors import DataError
from codeeval.types import Accepts, Aggregation, CaseGroup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SETTINGS: Final = "testdata.yaml"
GRADERS: Final = "graders"
NEWER_SETTINGS: Final = "test_group.yaml"
ANY_ACCEPTED, IGNORE_SAMPLE = "accept_if_any_accepted", "ignore_sample"
_VERDICTS: Final[Mapping[str, Accepts]] = {
    "worst_error": Accepts.ALL,
    "first_error": Accepts.ALL,
    "always_accept": Accepts.ALWAYS,
}
"""Flags of the default grader that decide on the verdict; which error it is, does not matter here."""


class Settings(msgspec.Struct, frozen=True):
    """What of ``testdata.yaml`` decides on the score."""

    on_reject: Literal["break", "continue"] = "break"
    grading: str = "default"
    grader_flags: str = ""
    accept_score: Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)] = 1.0
    reject_score: Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)] = 0.0


class _Rules(NamedTuple):
    """Settings whose flags have been read."""

    settings: Settings
    accepts: Accepts
    aggregation: Aggregation
    ignores_sample: bool


def read_groups(data: Path, cases: Sequence[Path]) -> CaseGroup:
    """Read how the tests of a package are scored.

    Args:
        data: the package's folder of tests.
        cases: their inputs, in the order that the groups refer to.

    Raises:
        DataError: settings that are malformed or want a grader of the package's own.
    """
    rules = _rules(data / SETTINGS)
    group = _group(data, rules, {path: place for place, path in enumerate(cases)})
    return msgspec.structs.replace(group, ignores_first=rules.ignores_sample)


def _group(folder: Path, rules: _Rules, places: Mapping[Path, int]) -> CaseGroup:
    items: list[tuple[str, int | CaseGroup]] = []
    for each in folder.iterdir():
        if each in places:
            items.append((each.stem, places[each]))
        elif each.is_dir() and any(each in place.parents for place in places):
            own = each / SETTINGS
            inside = _rules(own) if own.is_file() else rules
            items.append((each.name, _group(each, inside, places)))
    items.sort(key=lambda item: item[0])
    return CaseGroup(
        items=tuple(item for _, item in items),
        breaks=rules.settings.on_reject == "break",
        accepts=rules.accepts,
        aggregation=rules.aggregation,
        accept_score=rules.settings.accept_score,
        reject_score=rules.settings.reject_score,
    )


def _rules(path: Path) -> _Rules:
    settings = _settings(path) if path.is_file() else Settings()
    accepts, aggregation, any_accepted, ignores_sample = Accepts.ALL, Aggregation.SUM, False, False
    for flag in settings.grader_flags.split():
        if flag in _VERDICTS:
            accepts = _VERDICTS[flag]
        elif flag in tuple(Aggregation):
            aggregation = Aggregation(flag)
        elif flag == ANY_ACCEPTED:
            any_accepted = True
        elif flag == IGNORE_SAMPLE:
            ignores_sample = True
        else:
            known = (*_VERDICTS, *Aggregation, ANY_ACCEPTED, IGNORE_SAMPLE)
            raise DataError(f"{path}: the default grader has no flag {flag!r}", f"It has {', '.join(known)}.")
    if any_accepted and accepts is Accepts.ALL:
        accepts = Accepts.ANY
    return _Rules(settings, accepts, aggregation, ignores_sample)


def _settings(path: Path) -> Settings:
    import yaml  # noqa: PLC0415 -- only packages need it

    try:
        settings = msgspec.convert(yaml.safe_load(read_text(path)) or {}, Settings, strict=False)
    except yaml.YAMLError as error:
        raise DataError(f"{path}: no YAML: {error}", "Correct it.") from error
    except msgspec.ValidationError as error:
        raise DataError(f"{path}: {error}", "Correct it.") from error
    if settings.grading != "default":
        raise DataError(
            f"{path}: grading: {settings.grading}: graders of a package's own are not run",
            "Express it with the default grader's flags, or remove the file: then all tests must pass.",
        )
    if not (math.isfinite(settings.accept_score) and math.isfinite(settings.reject_score)):
        raise DataError(f"{path}: a score is no finite number", "Correct it.")
    return settings
