"""Reads suites from TOML; every slip is named with its line."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from codeeval.errors import CodeEvalError, UnknownName, UsageError
from codeeval.gating import Tier, parse_drop, parse_least, parse_metric
from codeeval.models.spec import canonical_spec, parse_spec
from codeeval.reading import read_bounded
from codeeval.suites.suite import Override, Suite, SuiteBenchmark, SuiteModel, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from codeeval.interfaces import ModelSpec
    from codeeval.suites.suite import Settings

    Place = tuple[str | int, ...]
    """Where in the file something is: ``("benchmarks", 1, "weight")``."""
    SettingCheck = Callable[[str, object, Path], object]
    """Returns a setting's value as it is kept, paths from the given folder on, or raises CodeEvalError."""
    Plain = dict[str, Any]  # Any: a table of TOML before it is checked

_SCHEME: Final = "suite:"
_ENDING: Final = ".toml"
_SHIPPED: Final = Path(__file__).parent / "shipped"
_MOST_BYTES: Final = 1 << 20
_REMEDY: Final = "docs/suites.md shows a suite."
_PLACE_OF_ERROR: Final = re.compile(r" - at `\$\.?(?P<key>\w*)[^`]*`$")
_KEYS: Final = ("name", "description", "defaults", "benchmarks", "models", "settings", "overrides")
T = TypeVar("T", bound=msgspec.Struct)


class _BenchmarkText(msgspec.Struct):
    """A benchmark as the file states it; further keys are settings."""

    name: str
    label: str = ""
    weight: float = 1.0
    tier: Tier = Tier.CRITICAL
    metric: str = ""
    max_drop: str | float | None = None
    min: dict[str, float] = {}


class _ModelText(msgspec.Struct):
    spec: str
    label: str = ""


class _VariantText(msgspec.Struct):
    label: str


class _OverrideText(msgspec.Struct):
    benchmark: str = ""
    model: str = ""
    settings: str = ""
    skip: bool = False


def names_suite(name: str) -> bool:
    """Whether a name is that of a suite and not of a benchmark."""
    return name.startswith(_SCHEME) or name.endswith(_ENDING)


def shipped_suites() -> tuple[str, ...]:
    """Return the names of the suites that come with codeeval."""
    return tuple(sorted(f"{_SCHEME}{path.stem}" for path in _SHIPPED.glob(f"*{_ENDING}")))


def open_suite(
    name: str | Path,
    models: Sequence[str],
    check: SettingCheck,
    check_benchmark: Callable[[str], object],
) -> Suite:
    """Read a suite.

    Args:
        name: a TOML file, or ``suite:NAME`` of one that comes with codeeval.
        models: specs of models in place of the file's.
        check: checks one setting.
        check_benchmark: raises where a benchmark does not exist.

    Raises:
        UnknownName: no such suite.
        UsageError: the file cannot be read, a slip in it with its line, or there is no model.
    """
    path = Path(name)
    if str(name).startswith(_SCHEME):
        if str(name) not in shipped_suites():
            raise UnknownName("suite", str(name), shipped_suites())
        path = _SHIPPED / f"{str(name).removeprefix(_SCHEME)}{_ENDING}"
    suite = _Reader(path, check, check_benchmark).suite()
    if models:
        suite = msgspec.structs.replace(suite, models=tuple(map(_given_model, models)))
    if not suite.models:
        raise UsageError(
            f"{name} names no model",
            "Name it on the command line, --model SPEC, or in the file: models = [...].",
        )
    _require_different("model", [each.label for each in suite.models], str(name))
    return suite


def _given_model(spec: str) -> SuiteModel:
    return SuiteModel(label=_label(parse_spec(spec)), spec=spec)


def _label(spec: ModelSpec) -> str:
    return canonical_spec(spec).rstrip(":")


def _require_different(what: str, labels: Sequence[str], where: str) -> None:
    for index, label in enumerate(labels):
        if label in labels[:index]:
            raise UsageError(f"{where}: two {what}s are called {label!r}", "Give one of them another label.")


class _Reader:
    """One file."""

    def __init__(self, path: Path, check: SettingCheck, check_benchmark: Callable[[str], object]) -> None:
        self._path = path
        self._check = check
        self._check_benchmark = check_benchmark
        try:
            self._text = read_bounded(path, _MOST_BYTES).decode("utf-8")
            self._table: Plain = tomllib.loads(self._text)
        except OSError as error:
            raise UsageError(
                f"{path}: cannot be read: {error.strerror or error}",
                f"Name a suite's file, or one of {', '.join(shipped_suites())}.",
            ) from error
        except UnicodeDecodeError as error:
            raise UsageError(f"{path}: not UTF-8: {error.reason}") from error
        except tomllib.TOMLDecodeError as error:
            raise _not_toml(path, self._text, error) from error
        except RecursionError as error:
            raise UsageError(f"{path}: nested too deeply", _REMEDY) from error

    def suite(self) -> Suite:
        """Return the suite.

        Raises:
            UsageError: a slip, with its line.
        """
        for key in self._table:
            if key not in _KEYS:
                raise self._unknown((key,), key, _KEYS)
        name = self._table.get("name", self._path.stem)
        if not isinstance(name, str) or not name.strip():
            raise self._slip(("name",), "name: a suite's name is a text")
        if not self._table.get("benchmarks"):
            raise self._slip(
                ("benchmarks",), "no benchmark", 'Write benchmarks = ["humaneval"], for example.'
            )
        benchmarks = tuple(self._benchmark(*each) for each in self._each("benchmarks", "name"))
        models = tuple(self._model(*each) for each in self._each("models", "spec"))
        variants = tuple(self._variant(*each) for each in self._each("settings", "label"))
        labels = {
            "benchmark": [each.label for each in benchmarks],
            "model": [each.label for each in models],
            "settings": [each.label for each in variants],
        }
        for what, found in labels.items():
            _require_different(what, found, str(self._path))
        return Suite(
            name=name,
            benchmarks=benchmarks,
            models=models,
            variants=variants or (Variant(),),
            defaults=self._settings(("defaults",), self._of_kind("defaults", dict, {}), ()),
            overrides=tuple(
                self._override(place, table, labels) for place, table in self._each("overrides", "")
            ),
        )

    def _each(self, key: str, only: str) -> Iterator[tuple[Place, Plain]]:
        """Yield an array's tables; a text in it stands for a table with the key ``only``."""
        for index, item in enumerate(self._of_kind(key, list, [])):
            place = (key, index)
            if isinstance(item, str) and only:
                yield place, {only: item}
            elif isinstance(item, dict):
                yield place, item
            else:
                raise self._slip(place, f"{key}[{index}]: neither a text nor a table")

    # Any: a value of TOML, of the given kind
    def _of_kind(self, key: str, kind: type, default: Any) -> Any:
        value = self._table.get(key, default)
        if not isinstance(value, kind):
            raise self._slip((key,), f"{key}: expected {'an array' if kind is list else 'a table'}")
        return value

    def _benchmark(self, place: Place, table: Plain) -> SuiteBenchmark:
        stated, settings = self._split(place, table, _BenchmarkText)
        if not (math.isfinite(stated.weight) and stated.weight > 0):
            raise self._slip((*place, "weight"), f"weight: {stated.weight:g} is not above 0")
        self._try((*place, "name"), self._check_benchmark, stated.name)
        if stated.metric:
            self._try((*place, "metric"), parse_metric, stated.metric)
        drop = stated.max_drop
        least = [
            self._try((*place, "min", name), parse_least, f"{name}={share}")
            for name, share in stated.min.items()
        ]
        return SuiteBenchmark(
            label=stated.label or stated.name,
            benchmark=stated.name,
            weight=stated.weight,
            tier=stated.tier,
            metric=stated.metric,
            max_drop=None if drop is None else self._try((*place, "max_drop"), parse_drop, drop),
            least=dict(least),
            settings=settings,
        )

    def _model(self, place: Place, table: Plain) -> SuiteModel:
        stated, settings = self._split(place, table, _ModelText)
        spec = self._try((*place, "spec"), parse_spec, stated.spec)
        text = stated.spec
        if spec.backend == "file" and spec.name:  # as other paths of the file, from where it is
            text = f"file:{self._path.parent / Path(text.partition(':')[2]).expanduser()}"
        return SuiteModel(label=stated.label or _label(spec), spec=text, settings=settings)

    def _variant(self, place: Place, table: Plain) -> Variant:
        stated, settings = self._split(place, table, _VariantText)
        if not stated.label.strip():
            raise self._slip((*place, "label"), "label: empty")
        return Variant(label=stated.label, settings=settings)

    def _override(self, place: Place, table: Plain, labels: dict[str, list[str]]) -> Override:
        stated, settings = self._split(place, table, _OverrideText)
        named = {"benchmark": stated.benchmark, "model": stated.model, "settings": stated.settings}
        if not any(named.values()):
            raise self._slip(
                place, "an override of all runs", "Name a benchmark, a model or settings, or use [defaults]."
            )
        for key, label in named.items():
            # the models may be named on the command line
            if label and label not in labels[key] and labels[key]:
                raise self._unknown((*place, key), label, labels[key], key)
        return Override(
            benchmark=stated.benchmark,
            model=stated.model,
            variant=stated.settings,
            skip=stated.skip,
            settings=settings,
        )

    def _split(self, place: Place, table: Plain, kind: type[T]) -> tuple[T, Settings]:
        """Take apart what a table states itself and the settings in it."""
        names = kind.__struct_fields__
        try:
            stated = msgspec.convert({key: table[key] for key in names if key in table}, kind)
        except msgspec.ValidationError as error:
            found = _PLACE_OF_ERROR.search(str(error))
            what = str(error)[: found.start()] if found else str(error)
            key = found["key"] if found else ""
            raise self._slip((*place, key) if key else place, f"{key}: {what}" if key else what) from error
        rest = {key: value for key, value in table.items() if key not in names}
        return stated, self._settings(place, rest, names)

    def _settings(self, place: Place, table: Plain, own: Sequence[str]) -> Settings:
        found = {}
        for key, value in table.items():
            try:
                found[key] = self._check(key, value, self._path.parent)
            except UnknownName as error:
                raise self._unknown((*place, key), key, (*own, *error.known)) from error
            except CodeEvalError as error:
                raise self._slip((*place, key), f"{key}: {error.message}", error.remedy) from error
        return found

    # Any: what the step takes and returns
    def _try(self, place: Place, step: Callable[[Any], Any], value: object) -> Any:
        """Do a step about a place of the file, and name it where the step raises."""
        try:
            return step(value)
        except CodeEvalError as error:
            raise self._slip(place, error.message, error.remedy) from error

    def _unknown(self, place: Place, key: str, known: Sequence[str], what: str = "key") -> UsageError:
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        remedy = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(known))}."
        return self._slip(place, f"unknown {what} {key!r}", remedy)

    def _slip(self, place: Place, message: str, remedy: str = _REMEDY) -> UsageError:
        return UsageError(f"{self._path}:{line_of(self._text, place)}: {message}", remedy or _REMEDY)


def _not_toml(path: Path, text: str, error: tomllib.TOMLDecodeError) -> UsageError:
    found = re.search(r"\(at line (\d+), column \d+\)", str(error))
    line = int(found[1]) if found else text.count("\n") + 1
    return UsageError(f"{path}:{line}: not TOML: {error}", _REMEDY)


def line_of(text: str, place: Place) -> int:
    """Return the line of a place in a TOML document, or of the nearest place around it that is there.

    The standard library's reader knows no lines: sought is the shortest beginning of the document that is
    TOML and has the place. Of a statement over several lines it is the first, or that of the text that the
    place holds.
    """
    lines = text.splitlines()

    def parsed(count: int) -> Plain | None:
        try:
            return tomllib.loads("\n".join(lines[:count]) + "\n")
        except tomllib.TOMLDecodeError:
            return None

    def whole(count: int) -> int:
        """Return the end of the statement that the line is in."""
        while count < len(lines) and parsed(count) is None:
            count += 1
        return count

    while place and not _has(parsed(len(lines)) or {}, place):
        place = place[:-1]
    low, high = 0, len(lines)
    while low < high:
        middle = (low + high) // 2
        if _has(parsed(whole(middle)) or {}, place):
            high = middle
        else:
            low = whole(middle) + 1
    value = _at(parsed(whole(low)) or {}, place)
    within = range(low, whole(low) + 1)
    found = (number for number in within if isinstance(value, str) and value in lines[number - 1])
    return next(found, max(1, low))


def _has(table: object, place: Place) -> bool:
    return _at(table, place) is not None


def _at(value: object, place: Place) -> object:
    for key in place:
        match value, key:
            case dict(), _ if key in value:
                value = value[key]
            case list(), int() if key < len(value):
                value = value[key]
            case _:
                return None
    return value
