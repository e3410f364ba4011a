"""A failed command's verdict quotes the most telling line of what it printed."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sandboxing import commands

from codeeval.judging import judge, rejudge
from codeeval.judging.diagnostics import DIAGNOSTIC_CHARS, diagnostic_of
from codeeval.types import Execution, Outcome, StepResult, StepStatus, Verdict

RUST = """\

thread 'main' panicked at main.rs:12:5:
assertion `left == right` failed
  left: 1
 right: 2
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
"""
GCC = """\
main.cpp: In function 'int main()':
main.cpp:3:5: error: expected ';' before 'return'
    3 |     return 0
"""


def ended(*, language: str = "cpp", status: str = "exited", **fields: object) -> tuple[str, str]:
    values = {"name": "run", "status": status, "exit_code": 1} | fields
    result = msgspec.convert(values, StepResult)
    program = msgspec.structs.replace(commands(("cc",), ("./main",)), language=language)
    steps = (result,) if result.name == "compile" else (compiled(), result)
    verdict = judge(program, Execution(task_id="test/0", sample=0, steps=steps))
    again = rejudge(msgspec.json.decode(msgspec.json.encode(verdict), type=Verdict))
    assert again == verdict
    return verdict.outcome.value, verdict.detail


def compiled() -> StepResult:
    return StepResult(name="compile", status=StepStatus.EXITED)


@pytest.mark.parametrize(
    ("stderr", "stdout", "line"),
    [
        (RUST, "", "thread 'main' panicked at main.rs:12:5: assertion `left == right` failed"),
        ("one\ntwo\n\n", "", "two"),
        ("", "ok\nlast word\n", "last word"),
        ("warning: odd\nFatal: no\nbye\n", "", "Fatal: no"),
        ("", "  Uncaught  \t thing \n", "Uncaught thing"),
        ("Error:", "", "Error:"),
        ("", "", ""),
    ],
)
def test_the_most_telling_line(stderr: str, stdout: str, line: str) -> None:
    result = StepResult(name="run", status=StepStatus.EXITED, exit_code=101, stderr=stderr, stdout=stdout)
    assert diagnostic_of("none", result) == line


def test_a_mark_of_the_language_comes_first() -> None:
    stderr = "error: of something\nmain: main.cpp:9: int main(): Assertion `f(1) == 2' failed.\n"
    assert ended(status="signaled", exit_code=0, signal=6, stderr=stderr) == (
        Outcome.WRONG_ANSWER,
        "run: killed by signal 6: main: main.cpp:9: int main(): Assertion `f(1) == 2' failed.",
    )


def test_a_compiler_is_quoted() -> None:
    assert ended(name="compile", stderr=GCC) == (
        Outcome.COMPILE_ERROR,
        "compile: exit status 1: main.cpp:3:5: error: expected ';' before 'return'",
    )


def test_a_silent_failure_is_its_status_alone() -> None:
    assert ended(exit_code=3) == (Outcome.RUNTIME_ERROR, "run: exit status 3")


def test_a_record_without_a_diagnostic_is_read() -> None:
    program = commands(("./main",))
    result = StepResult(name="run", status=StepStatus.EXITED, exit_code=2, stderr="error: it")
    verdict = judge(program, Execution(task_id="test/0", sample=0, steps=(result,)))
    assert verdict.detail.endswith("exit status 2: error: it")
    old = msgspec.json.decode(msgspec.json.encode(verdict))
    del old["evidence"][0]["diagnostic"]
    assert rejudge(msgspec.convert(old, Verdict)).detail.endswith("exit status 2")


@given(st.text(max_size=3000), st.text(max_size=300))
def test_any_message_becomes_one_short_line(stderr: str, stdout: str) -> None:
    result = StepResult(name="run", status=StepStatus.EXITED, exit_code=1, stderr=stderr, stdout=stdout)
    line = diagnostic_of("rust", result)
    assert len(line) <= DIAGNOSTIC_CHARS
    assert "\n" not in line
    assert line == diagnostic_of("rust", result)


@pytest.mark.parametrize(
    ("message", "lacks"),
    [
        ("main.cs(4,17): error CS1525: Unexpected symbol `(', expecting `,', `;', or `='", "local functions"),
        ("main.cs(1,44): error CS1525: Unexpected symbol `switch'", "switch expressions"),
        ("main.cs(4,17): error CS1525: Unexpected symbol `}'", ""),
    ],
)
def test_what_our_compiler_lacks_is_named(message: str, lacks: str) -> None:
    outcome, detail = ended(language="csharp", name="compile", stderr=f"{message}\n")
    assert outcome == "COMPILE_ERROR"
    assert ("mcs lacks" in detail) is bool(lacks)
    assert lacks in detail
    assert detail.endswith(message)
