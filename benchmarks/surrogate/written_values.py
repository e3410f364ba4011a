"""Values as other languages write them: what a test expects, and which predictions are literals there.

A prediction takes the place of the value in one assertion of the tests, so the language itself decides
whether the two are equal. It must be a literal, or it could call the program, or make the assertion true
whatever the program returns. What a literal is, is decided by tokens: names and signs only as the values in
the task's own tests have them, brackets in pairs, and one value, not two arguments.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_CHARS: Final = 2000
OPEN, CLOSE = "([{", ")]}"
_SIGNS: Final = frozenset("-")
WORDS: Final = frozenset(
    {"true", "false", "True", "False", "TRUE", "FALSE", "null", "nil", "None", "NULL", "undef"}
)
_JULIA_DOC: Final = re.compile(r'^"""(?:.|\n)*?"""\n', re.MULTILINE)
_MARKS: Final = frozenset({"#", "hash", "-"})
"""What is no datum of its own in Racket."""
_RUNS_CODE: Final = re.compile(r"[$`@]|#\{|\\\(")
"""What lets a string of some language run code or stand for something else."""


class Form(NamedTuple):
    """How a language's tests are written: one assertion a line."""

    before: str
    """What the line begins with, up to the bracket that opens the arguments; ``{f}`` is the function."""
    between: str
    """What stands between call and value."""
    after: str
    """What ends the line."""
    comment: str
    """What begins a comment, which is where the examples are."""
    quotes: str = "\"'"
    value_first: bool = False
    """Whether the value comes before the call; then ``between`` leads up to the call's bracket."""
    angles: bool = False
    """Whether ``<`` and ``>`` are brackets."""


FORMS: Final[dict[str, tuple[Form, ...]]] = {
    "bash": (Form("[[ $(", " = ", " ]]", "#", '"'),),
    "cpp": (
        Form("assert(candidate(", " == (", "));", "//", angles=True),
        Form("assert(candidate(", " == ", ");", "//"),
    ),
    "go": (Form("{ actual: candidate(", ", expected: ", " },", "//", '"'),),
    "java": (
        Form("assert({f}(", ".equals((", ")));", "//", angles=True),
        Form("assert({f}(", ".equals(", "));", "//"),
        Form("assert({f}(", " == (", "));", "//"),
    ),
    "javascript": (Form("assert.deepEqual(candidate(", ",", ");", "//"),),
    "julia": (Form("@test(candidate(", " == ", ")", "#", '"'),),
    "lua": (Form("lu.assertEquals(candidate(", ", ", ")", "--"),),
    "perl": (Form("if(eq_deeply($candidate->(", ",", ")) {", "#"),),
    "php": (Form("if (candidate(", " !== ", ') { throw new Exception("Test failed!"); }', "//"),),
    "r": (Form("stopifnot(isTRUE(all.equal(candidate(", ", ", ")))", "#"),),
    "racket": (Form("(check-within (", " ", " 0.001)", ";", '"'),),
    "ruby": (Form("assert_equal(", ", candidate.call(", ")", "#", value_first=True),),
    "rust": (Form("assert_eq!(candidate(", ", ", ");", "//", '"', angles=True),),
    "scala": (
        Form("assert({f}(", ".equals((", ")));", "//"),
        Form("assert({f}(", ".equals(", "));", "//"),
        Form("assert({f}(", " == (", "));", "//"),
    ),
    "swift": (Form("assert({f}(", " == ", ")", "//", '"'),),
    "typescript": (Form("assert.deepEqual(candidate(", ",", ");", "//"),),
}
"""By language. In C# and D a call and its value are apart, so they have no form."""


class Assertion(NamedTuple):
    """One assertion of the tests, a line of them, taken apart around the value."""

    head: str
    value: str
    tail: str

    @property
    def line(self) -> str:
        """The whole line."""
        return f"{self.head}{self.value}{self.tail}"


def assertions(tests: str, language: str, entry_point: str) -> list[Assertion]:
    """Find the assertions that compare a call with a value, without repeats; none where no form is known."""
    forms = FORMS.get(language, ())
    found: dict[Assertion, None] = {}
    for line in tests.splitlines():
        apart = (_taken_apart(line, form, entry_point) for form in forms)
        if assertion := next((each for each in apart if each), None):
            found[assertion] = None
    return [each for each in found if tests.count(each.line) == 1]


def _taken_apart(line: str, form: Form, entry_point: str) -> Assertion | None:
    before = form.before.replace("{f}", entry_point)
    text = line.strip()
    if not text.startswith(before) or not text.endswith(form.after):
        return None
    if form.value_first:
        value, _, call = text[len(before) :].rpartition(form.between)
        at = before
        return Assertion(at, value, form.between + call) if value else None
    end = _closing(text, len(before) - 1, form.quotes)
    start = end + 1 + len(form.between)
    if end < 0 or text[end + 1 : start] != form.between or len(text) <= start + len(form.after):
        return None
    stop = len(text) - len(form.after)
    return Assertion(text[:start], text[start:stop], text[stop:])


def _closing(text: str, start: int, quotes: str) -> int:
    """Return where the bracket at ``start`` is closed, or -1."""
    depth = 0
    for place, token in _tokens(text[start:], quotes):
        depth += (token in OPEN) - (token in CLOSE)
        if depth == 0:
            return start + place
    return -1


def _tokens(text: str, quotes: str) -> Iterator[tuple[int, str]]:
    """Yield strings, numbers, names and single other characters, each with its place; spaces are skipped."""
    strings = "|".join(rf"{quote}(?:[^{quote}\\]|\\.)*{quote}" for quote in quotes)
    pattern = re.compile(rf"{strings}|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?[A-Za-z]?\w*|[^\W\d]\w*|\S")
    for found in pattern.finditer(text):
        yield found.start(), found[0]


def is_literal(text: str, language: str, known: Iterable[str]) -> bool:
    """Whether a prediction is a literal of the language, as far as the values in the tests show."""
    form = FORMS[language][0]
    quotes = form.quotes
    opening, closing = (OPEN + "<", CLOSE + ">") if form.angles else (OPEN, CLOSE)
    if not text.strip() or len(text) > LONGEST_CHARS or "\n" in text or "\r" in text:
        return False
    allowed = {token for value in known for _, token in _tokens(value, quotes)} | {*OPEN, *CLOSE, ",", ":"}
    stack: list[str] = []
    top = 0
    """Values at the top: tokens and brackets that follow one another."""
    before = ""
    for _, found in _tokens(text, quotes):
        if not _is_known(found, before, quotes, allowed, infix=language != "racket") or (
            not stack and found in ",;"
        ):
            return False
        if found in opening:
            top += not stack and language == "racket"
            stack.append(closing[opening.index(found)])
        elif found in closing:
            if not stack or stack.pop() != found:
                return False
        elif not stack and language == "racket":
            top += found not in _MARKS
        before = found
    return not stack and top <= 1


def _is_known(token: str, before: str, quotes: str, allowed: set[str], *, infix: bool) -> bool:
    if token[0] in quotes and len(token) > 1:
        return _RUNS_CODE.search(token) is None
    if token[0].isdigit():
        return True
    if token in _SIGNS and (not infix or not (before[:1].isdigit() or before[:1] in (*quotes, *CLOSE))):
        return True
    return token in allowed or token in WORDS


def without_comments(code: str, language: str) -> str:
    """Remove the lines that are comments: the examples that they hold often are what is asked."""
    mark = FORMS[language][0].comment
    if language == "julia":
        code = _JULIA_DOC.sub("", code)
    kept = [line for line in code.splitlines() if not line.strip().startswith(mark) or line.startswith("#!")]
    return "\n".join(kept).strip("\n")
