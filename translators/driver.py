"""Programs that call a function with the tests' arguments and print what it returns.

Translated tests are statements of one form, ``candidate(arguments) == expected``. A driver
(``drivers/<language>.toml``) takes them apart and makes two programs of them: one that calls a candidate and
prints what it returns, which holds no expected value, and one that prints the expected values, which holds no
candidate. Both print by the same function, in one form.

A line of results is ``MARK`` and words with a blank between them: ``i`` and an integer, ``f`` and a float,
``b0`` or ``b1``, ``n`` for nothing, ``s`` and a text's bytes in hexadecimal digits. ``[``, ``(`` and ``{``
open what holds others, and their counterparts close it. A word that begins with ``x`` is a language's own,
and ``?`` is a value that equals nothing. Keys of maps are sorted.
"""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

MARK: Final = "codeeval-returned "
_FOLDER: Final = Path(__file__).parent / "drivers"
_HOLE: Final = re.compile(r"<<(\w+)>>")
_OPEN: Final = "([{"
_CLOSED: Final = ")]}"


class Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One form of a test: what stands before, between and after the call and the expected value."""

    before: str
    between: str
    after: str
    swapped: bool = False
    """Whether the expected value comes first."""
    actual: str = ""
    """In place of the frame's."""
    wanted: str = ""


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One form of a test: a regular expression with the groups ``call`` and ``expected``, for templates."""

    pattern: str
    actual: str = ""
    """In place of the frame's."""
    wanted: str = ""


class Assertions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tests that are assertions, a line each, about what statements between them have called."""

    before: str
    after: str
    conjunction: str
    """What joins several in one."""
    equals: str
    """What stands between two values that are to be equal."""
    negation: str
    """What stands before a value that is to be false."""
    true: str
    false: str
    forms: tuple[Form, ...] = ()
    """Forms that are none of these."""


class Frame(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tests of one dataset in one language, and the programs that are made of them.

    In templates ``<<name>>`` is a group of ``opening``, and ``<<call>>``, ``<<expected>>``, ``<<printer>>``,
    ``<<calls>>`` and ``<<mark>>`` are what they say.
    """

    opening: str
    """Regular expression of what stands before the tests."""
    checks: tuple[Check, ...] = ()
    assertions: Assertions | None = None
    """In place of checks."""
    forms: tuple[Form, ...] = ()
    """In place of checks."""
    closing: str
    """Regular expression of what stands after them."""
    call: str
    """Regular expression of how a call begins, or the name of its result; no expected value may hold it.
    ``<<entry_point>>`` is the function's name."""
    actual: str
    """Template of the statement that prints what a call returns."""
    wanted: str
    """Template of the statement that prints an expected value."""
    program: str
    """Template of what follows the function."""
    equality: str = ""
    """In place of the driver's."""
    cheats: dict[str, str | HeadedCheat] = {}
    """Name -> what follows the prompt, solves nothing, and makes the published tests hold."""


class HeadedCheat(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cheat that needs imports, which only the head of a program may have."""

    after: str = ""
    """What the head follows within the prompt; empty for its start."""
    head: str
    text: str
    """What follows the prompt."""

    def solution(self, prompt: str) -> str:
        """Return the whole solution."""
        before, after, rest = prompt.partition(self.after) if self.after else ("", "", prompt)
        return f"{before}{after}{self.head}{rest}{self.text}"


class Driver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one language's tests are taken apart, and how its programs print values."""

    equality: str = "numbers"
    """How the tests compare: a name that ``benchmarks/common/canonical_values`` knows."""
    tolerance: float = 0.0
    quotes: str = '"'
    """What texts are written between."""
    escape: str = "\\"
    """What takes a quote in a text its meaning; empty where quotes are doubled."""
    command: tuple[str, ...] = ()
    """In place of the language's own that runs a program; ``<<run>>`` is that."""
    printer: str = ""
    """Template of the code that prints a value."""
    support: dict[str, str] = {}
    """Path -> template of a file that lies beside the program, in place of the language's own."""
    frames: dict[str, Frame]
    """By the dataset's name."""


class Call(msgspec.Struct, frozen=True):
    """One test: the call's source and the expected value's; or, without either, a statement between tests."""

    call: str
    expected: str
    form: Check | Form
    statement: str = ""
    groups: dict[str, str] = {}
    """Of the form's pattern."""


class Calls(msgspec.Struct, frozen=True):
    """Tests, taken apart."""

    driver: Driver
    frame: Frame
    lines: tuple[Call, ...]
    groups: dict[str, str]
    """Of the frame's opening."""

    def actual(self) -> str:
        """Return what follows the candidate: a program that prints what each call returns."""
        return self._program(
            each.statement or self._put(each.form.actual or self.frame.actual, each) for each in self.lines
        )

    def wanted(self) -> str:
        """Return what follows a function that is never called: a program that prints the expected values."""
        return self._program(self._put(each.form.wanted or self.frame.wanted, each) for each in self.calls)

    @property
    def calls(self) -> list[Call]:
        """The tests alone."""
        return [each for each in self.lines if not each.statement]

    def support(self) -> dict[str, str]:
        """Return the files that lie beside the program."""
        return {path: _put(text, {"mark": MARK}) for path, text in self.driver.support.items()}

    def _put(self, template: str, call: Call) -> str:
        return _put(template, {**self.groups, **call.groups, "call": call.call, "expected": call.expected})

    def _program(self, statements: Iterable[str]) -> str:
        printer = _put(self.driver.printer, {"mark": MARK})
        put = {**self.groups, "printer": printer, "calls": "\n".join(statements)}
        return _put(self.frame.program, {**put, "mark": MARK})


@functools.cache
def driver(language: str) -> Driver | None:
    """Return a language's driver, None where there is none."""
    path = _FOLDER / f"{language}.toml"
    if not path.is_file():
        return None
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Driver)


@functools.lru_cache(maxsize=4096)
def read(tests: str, entry_point: str, language: str, dataset: str) -> Calls | str:
    """Take tests apart; where they are anything else than comparisons of calls with values, say why.

    Args:
        tests: as they follow the function.
        entry_point: the function's name.
        language: its id.
        dataset: the name of the frame, ``multipl-e`` or ``mbxp``.
    """
    made = driver(language)
    frame = made.frames.get(dataset) if made else None
    if made is None or frame is None:
        return "no driver for its language"
    opening = re.match(rf"\s*{frame.opening}", tests)
    if opening is None:
        return "the tests do not begin as those of its language do"
    begins = re.compile(_put(frame.call, {"entry_point": re.escape(entry_point)}))
    if frame.assertions:
        lines, rest = _asserted(tests, opening.end(), frame, frame.assertions, made)
    else:
        lines, rest = _checked(tests, opening.end(), frame, made)
    calls = [each for each in lines if not each.statement]
    if not calls or not re.fullmatch(frame.closing, rest):
        return f"a test is no comparison of a call with a value: {rest[:60].strip()}"
    for each in calls:
        if not begins.match(each.call) or begins.search(each.expected):
            return "a test compares something else than a call with a value"
    return Calls(made, frame, tuple(lines), opening.groupdict(default=""))


def _checked(tests: str, place: int, frame: Frame, made: Driver) -> tuple[list[Call], str]:
    """Read checks, and what follows them."""
    calls: list[Call] = []
    while True:
        while place < len(tests) and tests[place].isspace():
            place += 1
        found = next((read for form in frame.forms if (read := _formed(tests, place, form))), None) or next(
            (read for check in frame.checks if (read := _check(tests, place, check, made))), None
        )
        if found is None:
            return calls, tests[place:]
        calls.append(found[0])
        place = found[1]


def _asserted(tests: str, place: int, frame: Frame, said: Assertions, made: Driver) -> tuple[list[Call], str]:
    """Read assertions and the statements between them, and what follows."""
    closing = re.compile(rf"(?:{frame.closing})\Z").search(tests, place)
    if closing is None:
        return [], tests[place:]
    found: list[Call] = []
    for line in tests[place : closing.start()].split("\n"):
        text = line.strip()
        if not (text.startswith(said.before) and text.endswith(said.after)):
            found += [Call("", "", Form(pattern=""), line)] if text else []
            continue
        text = text[len(said.before) : -len(said.after)]
        while text:
            end = _outside(text, 0, said.conjunction, made)
            end = len(text) if end < 0 else end
            found.append(_assertion(text[:end].strip(), said, made))
            text = text[end + len(said.conjunction) :]
    return found, tests[closing.start() :]


def _assertion(text: str, said: Assertions, made: Driver) -> Call:
    for form in said.forms:
        if match := re.fullmatch(form.pattern, text):
            return Call(match["call"], match["expected"], form)
    plain = Form(pattern="")
    middle = _outside(text, 0, said.equals, made)
    if middle >= 0:
        return Call(text[:middle], text[middle + len(said.equals) :], plain)
    if text.startswith(said.negation):
        return Call(text[len(said.negation) :], said.false, plain)
    return Call(text, said.true, plain)


def _formed(tests: str, start: int, form: Form) -> tuple[Call, int] | None:
    """Read one test that a pattern describes, and where it ends."""
    match = re.compile(form.pattern).match(tests, start)
    if match is None:
        return None
    return Call(match["call"], match["expected"], form, groups=match.groupdict(default="")), match.end()


def _check(tests: str, start: int, check: Check, made: Driver) -> tuple[Call, int] | None:
    """Read one test, and where it ends."""
    if not tests.startswith(check.before, start):
        return None
    first = start + len(check.before)
    middle = _outside(tests, first, check.between, made)
    if middle < 0:
        return None
    second = middle + len(check.between)
    end = _outside(tests, second, check.after, made)
    if end < 0:
        return None
    left, right = tests[first:middle].strip(), tests[second:end].strip()
    if check.swapped:
        left, right = right, left
    return Call(left, right, check), end + len(check.after)


def _outside(text: str, start: int, wanted: str, made: Driver) -> int:
    """Return where a text stands outside of brackets and quotes, or -1."""
    depth, place = 0, start
    while place < len(text):
        if depth == 0 and text.startswith(wanted, place):
            return place
        character = text[place]
        if character in made.quotes:
            place = _end_of_text(text, place, made.escape)
        elif character in _OPEN:
            depth += 1
        elif character in _CLOSED:
            depth -= 1
            if depth < 0:
                return -1
        place += 1
    return -1


def _end_of_text(text: str, start: int, escape: str) -> int:
    quote, place = text[start], start + 1
    while place < len(text) and text[place] != quote:
        place += 2 if escape and text[place] == escape else 1
    return place


def _put(template: str, values: dict[str, str]) -> str:
    return _HOLE.sub(lambda hole: values.get(hole[1], hole[0]), template)
