"""Reads what a gate is asked: drops and least values as people write them, and whole plans from YAML."""

from __future__ import annotations

import contextlib
import math
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from codeeval.errors import UsageError
from codeeval.gating.checks import (
    ALPHA,
    MAX_DROP,
    MAX_SANDBOX_ERRORS,
    METRIC,
    Check,
    OfSuite,
    Plan,
    Thresholds,
    Tier,
)
from codeeval.gating.values import parse_metric
from codeeval.records import is_suite

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import yaml

_POINTS: Final = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+) ?(?:pp|points?)", re.IGNORECASE)
_PATH_OF_ERROR: Final = re.compile(r" - at `(?:key in )?(?P<path>\$[^`]*)`$")


class _ThresholdsText(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked of one benchmark of a suite, as the file states it."""

    tier: Tier | None = None
    max_drop: str | float | None = None
    metrics: list[str] | None = None
    min: dict[str, float] | None = None


class _CheckText(msgspec.Struct, forbid_unknown_fields=True):
    """A check as the file states it."""

    candidate: str
    baseline: str | None = None
    model: str = ""
    baseline_model: str = ""
    tier: Tier = Tier.CRITICAL
    max_drop: str | float | None = None
    metrics: list[str] | None = None
    min: dict[str, float] = {}
    benchmarks: dict[str, _ThresholdsText] = {}


class _PlanText(msgspec.Struct, forbid_unknown_fields=True):
    """A whole file."""

    checks: list[_CheckText]
    alpha: float = ALPHA
    max_drop: str | float = MAX_DROP
    max_sandbox_errors: float = MAX_SANDBOX_ERRORS
    history: str | None = None


def parse_drop(text: str | float) -> float:
    """Read an allowed drop: ``2pp`` are percentage points, ``0.02`` is the same as a difference of shares.

    Raises:
        UsageError: neither; ``2%`` is refused, for it may mean 2 percentage points or 2% of the baseline.
    """
    remedy = "Write percentage points, like 2pp, or a difference of shares, like 0.02."
    if isinstance(text, str):
        stripped = text.strip()
        if stripped.endswith("%"):
            raise UsageError(
                f"{stripped!r} may mean percentage points or a part of the baseline's score", remedy
            )
        if found := _POINTS.fullmatch(stripped):
            return _drop_within(float(found["number"]) / 100, text, remedy)
        try:
            text = float(stripped)
        except ValueError:
            raise UsageError(f"cannot read {stripped!r} as an allowed drop", remedy) from None
    return _drop_within(float(text), text, remedy)


def _drop_within(drop: float, text: str | float, remedy: str) -> float:
    if not (math.isfinite(drop) and 0 <= drop < 1):
        raise UsageError(f"{text} is no allowed drop: it lies between 0 and 100 percentage points", remedy)
    return drop


def parse_least(text: str) -> tuple[str, float]:
    """Read a least value: ``pass@1=0.6``.

    Raises:
        UsageError: no metric, or no share.
    """
    name, equals, value = text.partition("=")
    share = math.nan
    with contextlib.suppress(ValueError):
        share = float(value)
    if not equals:
        raise UsageError(f"cannot read {text!r} as a least value", "Write a metric and a share: pass@1=0.6.")
    return _least(name.strip(), share, value)


def _least(name: str, share: float, text: object) -> tuple[str, float]:
    parse_metric(name)
    if not 0 <= share <= 1:
        raise UsageError(
            f"{text!r} is no least value of {name}", "Write a share between 0 and 1, like 0.6 for 60%."
        )
    return name, share


def read_plan(path: Path) -> Plan:
    """Read a plan from a YAML file; run directories are relative to the file.

    Raises:
        UsageError: it cannot be read, or what is wrong in which line.
    """
    import yaml  # noqa: PLC0415 -- costs 30 ms, only with --config

    try:
        text = path.read_text("utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8: {error.reason}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UsageError(f"{path}:{line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: not YAML: {error}") from error
    if root is None:
        raise UsageError(f"{path}: empty", "docs/ci.md shows a plan.")
    reader = _Reader(path)
    value = reader.plain(root)
    try:
        stated = msgspec.convert(value, _PlanText)
    except msgspec.ValidationError as error:
        raise _located(path, reader.lines, str(error)) from error
    return _plan(stated, path, reader.lines)


class _Reader:
    """Turns YAML nodes into builtins, noting the line of each place in the notation of msgspec's errors."""

    def __init__(self, path: Path) -> None:
        self.lines: dict[str, int] = {}
        self._path = path
        self._seen: set[int] = set()

    # Any: the builtin form of a node, converted and checked at once
    def plain(self, node: yaml.Node, place: str = "$") -> Any:
        """Turn a node into builtins.

        Raises:
            UsageError: a key twice, an alias (they can nest without end), or a value that is none.
        """
        import yaml  # noqa: PLC0415 -- as in read_plan

        line = node.start_mark.line + 1
        if place in self.lines:
            raise UsageError(f"{self._path}:{line}: {place[2:]} is stated twice")
        if id(node) in self._seen:
            raise UsageError(f"{self._path}:{line}: aliases (*) are not read", "Repeat what it stands for.")
        self.lines[place] = line
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return {str(key.value): self.plain(value, f"{place}.{key.value}") for key, value in node.value}
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(value, f"{place}[{index}]") for index, value in enumerate(node.value)]
        try:
            return yaml.constructor.SafeConstructor().construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            raise UsageError(f"{self._path}:{line}: cannot read {node.value!r}") from error


def _located(path: Path, lines: Mapping[str, int], message: str) -> UsageError:
    """Return the line in which a value is wrong."""
    found = _PATH_OF_ERROR.search(message)
    place = found["path"] if found else "$"
    what = message[: found.start()] if found else message
    # "$.checks[0].min[...]" is the nearest path that msgspec gives for a value in a dict.
    place = place.removesuffix("[...]")
    while place not in lines and place != "$":
        place = place[: max(place.rfind("."), place.rfind("["))]
    name = place[2:] or "the plan"
    return UsageError(f"{path}:{lines[place]}: {name}: {what}", "docs/ci.md shows a plan.")


def _plan(stated: _PlanText, path: Path, lines: Mapping[str, int]) -> Plan:
    if not stated.checks:
        raise UsageError(f"{path}:{lines['$.checks']}: no check", "docs/ci.md shows a plan.")
    with _in_line(path, lines, "$.max_drop"):
        default_drop = parse_drop(stated.max_drop)
    with _in_line(path, lines, "$.alpha"):
        alpha = check_alpha(stated.alpha)
    if not 0 <= stated.max_sandbox_errors <= 1:
        line = lines["$.max_sandbox_errors"]
        raise UsageError(f"{path}:{line}: max_sandbox_errors is a share between 0 and 1")
    checks = [
        _check(each, f"$.checks[{index}]", default_drop, path, lines)
        for index, each in enumerate(stated.checks)
    ]
    return Plan(
        checks=tuple(checks),
        alpha=alpha,
        max_sandbox_errors=stated.max_sandbox_errors,
        history=None if stated.history is None else path.parent / stated.history,
    )


def _check(
    stated: _CheckText, place: str, default_drop: float, path: Path, lines: Mapping[str, int]
) -> Check:
    if not is_suite(path.parent / stated.candidate):
        with _in_line(path, lines, place):
            require_question(has_baseline=stated.baseline is not None, least=stated.min)
    own = _thresholds(stated, place, path, lines)
    return Check(
        candidate=path.parent / stated.candidate,
        baseline=None if stated.baseline is None else path.parent / stated.baseline,
        max_drop=default_drop if own.max_drop is None else own.max_drop,
        metrics=own.metrics or (METRIC,),
        least=own.least or {},
        tier=stated.tier,
        of_suite=OfSuite(
            model=stated.model,
            baseline_model=stated.baseline_model,
            max_drop=own.max_drop,
            metrics=own.metrics,
            benchmarks={
                label: _thresholds(each, f"{place}.benchmarks.{label}", path, lines)
                for label, each in stated.benchmarks.items()
            },
        ),
    )


def _thresholds(
    stated: _CheckText | _ThresholdsText, place: str, path: Path, lines: Mapping[str, int]
) -> Thresholds:
    """Read the numbers of a check, or of one benchmark of a suite; None where nothing is stated."""
    with _in_line(path, lines, f"{place}.max_drop"):
        drop = None if stated.max_drop is None else parse_drop(stated.max_drop)
    metrics = None if stated.metrics is None else tuple(dict.fromkeys(stated.metrics))
    with _in_line(path, lines, f"{place}.metrics"):
        for name in metrics or ():
            parse_metric(name)
    least: dict[str, float] = {}
    for name, share in (stated.min or {}).items():
        with _in_line(path, lines, f"{place}.min.{name}"):
            least.update([_least(name, share, share)])
    return Thresholds(
        tier=stated.tier, max_drop=drop, metrics=metrics, least=None if stated.min is None else least
    )


def require_question(*, has_baseline: bool, least: Mapping[str, float]) -> None:
    """Refuse a check without a question.

    Raises:
        UsageError: neither a baseline nor a least value.
    """
    if not has_baseline and not least:
        raise UsageError(
            "nothing to decide: neither a baseline nor a least value",
            "Name a baseline to compare with, a least value (pass@1=0.6), or both.",
        )


def check_alpha(alpha: float) -> float:
    """Return the risk, if it is one.

    Raises:
        UsageError: not between 0 and 0.5.
    """
    if not 0 < alpha < 0.5:
        raise UsageError(f"alpha {alpha:g} is no risk: it lies between 0 and 0.5", "0.05 is customary.")
    return alpha


@contextlib.contextmanager
def _in_line(path: Path, lines: Mapping[str, int], place: str) -> Iterator[None]:
    """Put the file and line in front of what is wrong at a place."""
    try:
        yield
    except UsageError as error:
        line = lines.get(place, lines["$"])
        raise UsageError(f"{path}:{line}: {error.message}", error.remedy) from error
