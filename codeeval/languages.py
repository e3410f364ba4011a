"""The languages that sandboxes run: one declarative entry each.

Adding a language is one entry here and one folder under ``containers/``; see CONTRIBUTING.md.
"""

from __future__ import annotations

from typing import Final

import msgspec

from codeeval.errors import UnknownName
from codeeval.types import Extraction, Limits, Oracle, Outcome, Program, SourceFile, Step, StepKind

SELF_TEST_MEMORY_BYTES: Final = 192 << 20
"""Small enough to be used up within the CPU limit on a slow machine."""


class SelfTest(msgspec.Struct, frozen=True, kw_only=True):
    """A program whose outcome is known; ``codeeval sandbox check`` runs it under the real limits."""

    name: str
    source: str
    outcome: Outcome
    stdin: str = ""
    stdout: str = ""
    """Standard output that a self-test which must pass prints."""


class Language(msgspec.Struct, frozen=True, kw_only=True):
    """How one language is recognised, stored and run."""

    id: str
    title: str
    fences: tuple[str, ...]
    """Info strings of Markdown fences that mean this language, lower case."""
    source_name: str
    """File name that a program's source gets."""
    image: str
    run_kind: StepKind
    run_argv: tuple[str, ...]
    compile_argv: tuple[str, ...] = ()
    limits: Limits
    self_tests: tuple[SelfTest, ...]


PYTHON: Final = Language(
    id="python",
    title="Python",
    fences=("python", "py", "python3", "python2", "py3", "ipython", "pycon"),
    source_name="program.py",
    image="python",
    run_kind=StepKind.PYTHON,
    run_argv=("program.py",),
    limits=Limits(cpu_s=3.0, wall_s=15.0),
    self_tests=(
        SelfTest(
            name="echo",
            source="import sys\nprint(sys.stdin.read()[::-1])\n",
            stdin="olleh",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(name="assertion", source="assert 1 + 1 == 3, 'sum'\n", outcome=Outcome.WRONG_ANSWER),
        SelfTest(name="exception", source="[][1]\n", outcome=Outcome.RUNTIME_ERROR),
        SelfTest(name="syntax", source="def f(:\n    pass\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(name="endless-loop", source="while True:\n    pass\n", outcome=Outcome.TIMEOUT),
        SelfTest(
            name="memory-bomb",
            source="x = []\nwhile True:\n    x.append(bytearray(1 << 24))\n",
            outcome=Outcome.MEMORY_LIMIT,
        ),
        SelfTest(
            name="output-flood",
            source="while True:\n    print('x' * 65536)\n",
            outcome=Outcome.OUTPUT_LIMIT,
        ),
        SelfTest(name="early-exit", source="import os\nos._exit(0)\n", outcome=Outcome.INCOMPLETE),
    ),
)

LANGUAGES: Final[dict[str, Language]] = {language.id: language for language in (PYTHON,)}


def language(id_: str) -> Language:
    """Return the language with this id.

    Raises:
        UnknownName: there is none.
    """
    try:
        return LANGUAGES[id_]
    except KeyError:
        raise UnknownName("language", id_, LANGUAGES) from None


def self_test_program(of: Language, test: SelfTest) -> Program:
    """Make the program of a self-test, to be judged like any other."""
    limits = msgspec.structs.replace(of.limits, memory_bytes=SELF_TEST_MEMORY_BYTES)
    steps = [Step(name="run", kind=of.run_kind, argv=of.run_argv, limits=limits)]
    if of.compile_argv:
        steps.insert(0, Step(name="compile", kind=StepKind.COMMAND, argv=of.compile_argv, limits=limits))
    return Program(
        task_id=f"self-test/{of.id}/{test.name}",
        sample=0,
        language=of.id,
        image=of.image,
        extraction=Extraction(rule="self-test", code=test.source),
        files=(SourceFile(path=of.source_name, content=test.source),),
        steps=tuple(steps),
        stdin=test.stdin,
        oracle=Oracle.STDOUT if test.stdout else Oracle.COMPLETED,
        expected=test.stdout,
    )
