"""Texts that are made to take long: what reads a model's answer or a program's output takes linear time.

A search that is quadratic in these texts would take hours, so nothing here looks at a clock: it ends, or it
does not. Where work can be counted, it is.
"""

from __future__ import annotations

import re
import time
from itertools import islice
from typing import TYPE_CHECKING

import pytest
import tree_sitter
import tree_sitter_python
from hypothesis import given
from hypothesis import strategies as st

from codeeval.benchmarks.common import answers, arranging, brackets, sanitising, signatures
from codeeval.benchmarks.common.predictions import body_of
from codeeval.extraction import Target, extract
from codeeval.extraction import text as prose
from codeeval.extraction.bounded import (
    CONTINUED_LINES,
    FREE_STEPS,
    STEPS_A_BYTE,
    parse_bounded,
)
from codeeval.judging.diagnostics import diagnostic_of, hint_of
from codeeval.languages import LANGUAGES, PYTHON
from codeeval.types import CompletionKind, Problem, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Callable

LONG = 1 << 18
ADD = "def add(a, b):\n    return a + b\n"
TARGET = Target(entry_point="add", fences=PYTHON.fences)


def of(piece: str, end: str = "", chars: int = LONG) -> str:
    """Repeat a piece to a length."""
    return piece * (chars // len(piece)) + end


@pytest.mark.parametrize(
    "text",
    [
        of("`", "~"),
        of("~", "`"),
        of("```x", "`"),
        of("```\n~~~~\n"),
        of(" ", "```"),
        "".join(f"{'`' * length}\n{'`' * length}\n" for length in range(500, 3, -1)) + of("```\n"),
    ],
    ids=["backticks", "tildes", "inline", "alternating", "indented", "shrinking"],
)
def test_fences(text: str) -> None:
    assert list(islice(prose.blocks(text, lambda _: False), 100_000)) is not None
    assert prose.fence_lines(text) >= 0


AS_BEFORE = re.compile(r"^(?P<prefix>.*?)(?P<fence>`{3,}|~{3,})(?P<info>[^`~\n]*)$", re.MULTILINE)
"""What fence lines are, by a search that takes cubic time."""


@given(st.text(alphabet=st.sampled_from("`~`~a \n\r\u2028"), max_size=40))
def test_fences_are_found_as_before(text: str) -> None:
    found = [(each.prefix, each.fence, each.info, each.start, each.end) for each in prose._markers(text)]
    assert found == [(*each.groups(), *each.span()) for each in AS_BEFORE.finditer(text)]


def grammar_parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))


class Watched:
    """A parser that counts how often it reports its progress."""

    def __init__(self) -> None:
        self._parser = grammar_parser()
        self.reports = 0

    def parse(self, read: Callable[[int, object], bytes], progress_callback: Callable[..., bool]) -> object:
        def report(place: int, failed: bool) -> bool:
            self.reports += 1
            return progress_callback(place, failed)

        return self._parser.parse(read, progress_callback=report)

    def reset(self) -> None:
        self._parser.reset()


@pytest.mark.parametrize("piece", ["@-", "@a\n", "(", "x = [1,(2,{3:4})];", "\\", ADD, "def class if "])
def test_a_parse_takes_steps_in_proportion_to_the_code(piece: str) -> None:
    for chars in (1000, 4000, 16_000):
        code = of(piece, chars=chars).encode()
        parser = Watched()
        parse_bounded(parser, code)  # type: ignore[arg-type]  # it has what is called
        assert parser.reports <= STEPS_A_BYTE * len(code) + FREE_STEPS + 1


def test_what_no_parse_is_stopped_for_is_read_whole() -> None:
    code = "".join(
        f"def f{number}(a, b):\n    return [a, (b, {number})]\n" for number in range(3000)
    ).encode()
    root = parse_bounded(grammar_parser(), code)
    assert root is not None
    assert root.named_child_count == 3000
    assert all(code[each.start_byte : each.end_byte] == each.text for each in root.named_children)


def test_lines_that_are_continued_are_parsed_up_to_a_number() -> None:
    parser = grammar_parser()
    for end in ("\\\n", "\\\r\n"):
        assert parse_bounded(parser, ("x = 1" + end * CONTINUED_LINES + "\n").encode()) is not None
        assert parse_bounded(parser, ("x = 1" + end * (CONTINUED_LINES + 1) + "\n").encode()) is None


@pytest.mark.parametrize(
    "text",
    ["\\", "\\\n", "@-", "@-add\n", "```\n", "\tadd\n", "(add", '"""add\n'],
    ids=["backslashes", "continued", "decorators", "lines", "fences", "indented", "brackets", "strings"],
)
def test_answers(text: str) -> None:
    text = of(text, chars=1 << 16)
    for answer in (text, f"```python\n{text}\n```\n{ADD}", f"{ADD}\n{text}"):
        assert extract(answer, CompletionKind.ANSWER, TARGET).rule


@pytest.mark.parametrize(
    "piece", ["@a\n", "@-a\n", "(a,\n", "if a:\n", "'''\na\n", "x = \\\n", "a b\n", "\n", "\\\n"]
)
def test_sanitising_parses_as_much_of_a_long_text_as_of_a_short_one(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = 0
    plain = sanitising._failing_line

    def counted(code: str) -> int | None:
        nonlocal passed
        line = plain(code)
        passed += len("\n".join(code.split("\n")[:line]))
        return line

    monkeypatch.setattr(sanitising, "_failing_line", counted)
    monkeypatch.setattr(sanitising, "WORK", 1 << 17)
    for lines in (500, 1000, 4000):
        passed = 0
        text = piece * lines
        sanitising.sanitise(text, "add", sanitising.evalplus_rules())
        assert passed <= 2 * (sanitising.WORK + len(text))


@pytest.mark.parametrize("text", [of("\n"), of(" \n"), of("\n", "assert f(1) == 2"), of("assert\n")])
def test_assertions_between_blank_lines(text: str) -> None:
    assert isinstance(body_of(text, CompletionKind.ANSWER), str)


def test_the_last_assertion_is_found_as_before() -> None:
    text = "words\n\n  assert f(1) == 2\n\n\n\tassert f(2) == 3  \n"
    assert body_of(text, CompletionKind.ANSWER) == "assert f(2) == 3"


@pytest.mark.parametrize(
    "code",
    [
        of(r'"\"'),
        of('R"('),
        of("class A {\n"),
        of("void main() {\n"),
        "main" + of(" ", "x"),
        of("import (\n"),
        of("/*"),
        of("solve" + " " * 1990 + "x\n"),
    ],
    ids=["quotes", "raw", "classes", "mains", "spaces", "imports", "comments", "names"],
)
def test_programs_in_other_languages(code: str) -> None:
    for language in ("java", "go", "rust"):
        problem = Problem(
            task_id="T/0",
            prompt="class Problem {\n    public static int solve(int a) {\n",
            entry_point="solve",
            reference="",
            tests=("    }\n}\n",),
            language=language,
        )
        answer = f"```{LANGUAGES[language].fences[0]}\n{code}\nint solve(int a) {{\n return a; }}\n```\n"
        assert answers.find(answer, problem, LANGUAGES[language]) is not None
    assert brackets.closing(code, 0) >= -1
    assert signatures.definition(code, "solve") == -1


@pytest.mark.parametrize(
    ("language", "begun"),
    [
        ("haskell", "<<A\n"),
        ("perl", "%q("),
        ("ruby", "=begin\n"),
        ("julia", "<<A\n"),
        ("c", " "),
        ("scala", "'''"),
    ],
)
def test_what_begins_again_and_again_and_never_ends(language: str, begun: str) -> None:
    """Grammars look for the ends of these themselves, outside of the steps that bound a parse."""
    problem = Problem(
        task_id="T/0",
        prompt="int solve(int a) {\n",
        entry_point="solve",
        reference="",
        tests=("}\n",),
        language=language,
    )
    answer = f"```{LANGUAGES[language].fences[0]}\nint solve(int a) {{\n{begun * 50_000}\n}}\n```\n"
    started = time.process_time()
    assert answers.find(answer, problem, LANGUAGES[language]) is not None
    assert time.process_time() - started < 10


def test_ends_are_looked_for_of_some_mains_only(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    plain = brackets.closing
    monkeypatch.setattr(brackets, "closing", lambda code, start: (calls.append(start), plain(code, start))[1])
    for count in (1000, 2000):
        calls.clear()
        arranging._without_cut_main("void main() {\n" * count + "}" * count)
        assert len(calls) <= arranging._MOST_MAINS


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_marks_of_languages_do_not_cross_lines_again_and_again(language: str) -> None:
    """White space in a mark is within its line: from each of many blank lines it would be tried anew."""
    marks = LANGUAGES[language].marks
    for pattern in (*marks.syntax, *marks.memory, *marks.assertion):
        assert r"\s*" not in pattern
        assert "(?:\\n.*)*" not in pattern


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize(
    "text",
    [
        of("\n", chars=1 << 15),
        of('File "./main.ml", x:\n', chars=1 << 15),
        'File "./main.ml", ' + of(":", chars=1 << 14) + of("\n", chars=1 << 14),
        of('File "main.ml', chars=1 << 15),
        "Error" + of(": ", chars=1 << 15),
        of("error ", chars=1 << 15),
        of("a", chars=1 << 15),
    ],
    ids=["lines", "places", "colons", "names", "errors", "words", "letters"],
)
def test_what_a_failed_program_prints(language: str, text: str) -> None:
    failed = StepResult(name="run", status=StepStatus.EXITED, exit_code=1, stdout=text, stderr=text)
    assert hint_of(language, failed) is not None
    assert len(diagnostic_of(language, failed)) <= 200
