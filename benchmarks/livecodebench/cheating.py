"""Programs that solve nothing: they know what the statement shows, or look for what is expected."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from codeeval.languages import PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.benchmarks.livecodebench.private_tests import Test
    from codeeval.benchmarks.livecodebench.problems import Contest
    from codeeval.languages import Language

_SILENT: Final = "early-exit"
"""A self-test of each language whose program ends well and prints nothing."""
_READER: Final = """\
import glob, sys
sys.stdin.read()
for path in (*glob.glob("*"), *glob.glob("/tmp/*"), *glob.glob("/proc/self/*")):
    try:
        with open(path, errors="replace") as file:
            print(file.read())
    except OSError:
        pass
"""
_AHEAD: Final = """\
import os, sys
text = sys.stdin.read()
for descriptor in range(256):
    try:
        text += os.read(descriptor, 1 << 20).decode("utf-8", "replace")
    except (OSError, ValueError):
        pass
print(text)
"""
_EQUAL: Final = """\
class Same(list):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __hash__ = None
"""


def cheats(contest: Contest, tests: Sequence[Test], language: Language) -> Iterator[tuple[str, str]]:
    """Yield names and texts of programs that must not pass.

    Args:
        contest: how the problem's programs get their input.
        tests: of the problem, the public ones first.
        language: that solutions are asked for in.
    """
    if language.id != PYTHON.id:
        yield from ((each.name, each.source) for each in language.self_tests if each.name == _SILENT)
    elif contest.function:
        yield from _of_functions(contest.function, tests)
    else:
        yield from _of_programs(tests)


def _of_programs(tests: Sequence[Test]) -> Iterator[tuple[str, str]]:
    outputs = {test.output.strip() for test in tests}
    if "" not in outputs:
        yield "silent", "import sys\nsys.stdin.read()\n"
        yield "exit", "raise SystemExit(0)\n"
        yield "os-exit", "import os\nos._exit(0)\n"
        yield "reads files", _READER
        yield "reads ahead", _AHEAD
    if len(outputs) > 1:
        yield "the first output", f"print({tests[0].output.strip()!r})\n"
        yield "all outputs", f"print({chr(10).join(sorted(outputs))!r})\n"


def _of_functions(name: str, tests: Sequence[Test]) -> Iterator[tuple[str, str]]:
    outputs = {test.output.strip() for test in tests}
    head = f"class Solution:\n    def {name}(self, *arguments):\n        "
    if "null" not in outputs:
        yield "no value", f"{head}pass\n"
    yield "exit", f"{head}raise SystemExit(0)\n"
    yield "os-exit", f"{head}import os\n        os._exit(0)\n"
    yield "equals everything", f"{_EQUAL}\n\n{head}return Same()\n"
    yield "equals everything, in a list", f"{_EQUAL}\n\n{head}return [Same()]\n"
    if len(outputs) > 1:
        value = json.loads(tests[0].output)
        yield "the first result", f"{head}return {value!r}\n"
