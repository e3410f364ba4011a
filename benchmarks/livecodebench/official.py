"""What the authors' runner makes of a solution, and how it compares, quirks included.

A program that reads standard input is not run as one: its code becomes the body of a function below a header
of star imports, standard input and output are replaced by objects of Python, and ``SystemExit`` ends it well
whatever its status. So ``global`` statements refer to names that do not exist, an empty line is the end of
the input for ``input()``, ``for line in sys.stdin`` fails, and ``stdin`` that was imported by name is empty.
The header's imports shadow no builtins: after these only ``typing`` is imported.

Source: lcb_runner/evaluation/testing_util.py, ``import_string``, ``clean_if_name``, ``make_function``,
``MockStdinWithBuffer``, ``call_method``, ``compile_code``, ``get_stripped_lines``, ``grade_stdio``,
``grade_call_based``, ``reliability_guard``.
"""

from __future__ import annotations

import ast
import itertools
import json
import warnings
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from codeeval.benchmarks.common.call_values import MalformedError, read_inputs, read_returned
from codeeval.extraction import NO_CODE_RULE, encodable
from codeeval.types import Extraction, Match

if TYPE_CHECKING:
    from codeeval.types import CallsStep

FENCE: Final = "```"
FENCED: Final = "last-fences"
MODULES: Final = (
    "string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math", "random", "statistics",
    "itertools", "functools", "operator", "io", "sys", "json",
)  # fmt: skip
STARRED: Final = (*MODULES, "builtins", "typing")
CALLED: Final = "codeeval_called"
PRINTED: Final = "printed"
"""The comparison of calls whose results are what a program printed."""
WHOLE: Final = "; the whole result: "
"""Stands before the beginning of what was printed or returned."""
_BODY: Final = "wrapped_function"
_SHOWN: Final = 200
_STREAMS: Final = """\
class CodeEvalStream:
    def __getattr__(self, name): return getattr(self.stream(), name)
def codeeval_run(function, text, builtins=builtins, new=io.StringIO, sys=sys, Stream=CodeEvalStream):
    sys.stdin, buffer, sys.stdout = Stream(), Stream(), new()
    given, lines, out = sys.stdin, (line for each in [text] for line in each.split("\\n")), sys.stdout
    buffer.stream, given.stream, given.buffer = (lambda: None), (lambda: new(text)), buffer
    buffer.read = lambda *args: text.encode("utf-8", "surrogatepass")
    buffer.readline = lambda *args: buffer.read().split(b"\\n")[0] + b"\\n"
    given.read, given.readline = lambda *args: text, lambda *args: next(lines)
    given.readlines, out.close, builtins.quit = lambda *args: text.split("\\n"), lambda x: 1, None
    try:
        function()
    except SystemExit:
        pass
    return out.getvalue()
codeeval_real = sys.stdin, sys.stdout
stdin, stdout = sys.stdin, sys.stdout = io.StringIO(), io.StringIO()
"""
"""Stands after the header, and replaces what that imports by name, so that the candidate's input and output
are not there. The input is copied only where that is asked for."""
_ONCE: Final = f"""
codeeval_real[1].write(codeeval_run({_BODY}, codeeval_real[0].buffer.read().decode("utf-8", "surrogatepass")))
codeeval_real[1].flush()
"""
_QUIET: Final = "import io, sys\ncodeeval_out, sys.stdout = sys.stdout, io.StringIO()\n"
_CALL_ONCE: Final = f"""
import json
codeeval_out.write(json.dumps({CALLED}(*map(json.loads, sys.stdin.read().split("\\n"))), default=repr))
codeeval_out.flush()
"""
_REPEATEDLY: Final = f"\n{CALLED} = lambda text: codeeval_run({_BODY}, text)\n"


def header() -> str:
    """Return the imports that stand before every solution that is called."""
    starred = "".join(f"from {module} import *\n" for module in STARRED)
    return starred + "".join(f"import {module}\n" for module in MODULES) + "sys.setrecursionlimit(50000)\n"


def stdin_header() -> str:
    """Return what stands before every solution that reads standard input."""
    return f"import builtins\n{header()}{_STREAMS}"


def extracted(text: str) -> Extraction:
    """Take what stands between the last two lines with a fence.

    Source: lcb_runner/utils/extraction_utils.py, ``extract_code``.
    """
    lines = encodable(text).split("\n")
    fences = [number for number, line in enumerate(lines) if FENCE in line]
    code = "\n".join(lines[fences[-2] + 1 : fences[-1]]) if len(fences) > 1 else ""
    return Extraction(rule=FENCED, code=code) if code.strip() else Extraction(rule=NO_CODE_RULE)


def stdin_program(code: str) -> str:
    """Make the program that reads one input from standard input."""
    return stdin_header() + _run(code, _ONCE)


def inputs_program(code: str) -> str:
    """Make the program whose ``CALLED`` takes an input and returns what was printed, as the runner has it.

    ``stdin_header`` is to stand before it.
    """
    return _run(code, _REPEATEDLY)


def _run(code: str, end: str) -> str:
    main = wrapped(without_main_guard(code))
    if main is None:  # it is executed as it stands, and the function is missed
        return f"{code}\nraise AttributeError({_BODY!r})\n"
    if "class Solution" in main:  # taken for a class at the top level, where it no longer is
        return "raise AttributeError(\"module 'tmp_sol' has no attribute 'Solution'\")\n"
    return main + end


def calls_program(code: str, function: str) -> str:
    """Make the program whose ``CALLED`` is called with each test's arguments.

    ``header`` is to stand before it.
    """
    owner = "Solution()." if "class Solution" in code else ""
    return f"{code}\n\n{CALLED} = {owner}{function}\n"


def call_program(code: str, function: str) -> str:
    """Make the program that reads a test's arguments from standard input and prints the result as JSON."""
    return f"{_QUIET}{header()}\n{calls_program(code, function)}{_CALL_ONCE}"


def without_main_guard(code: str) -> str:
    """Replace a last statement ``if __name__ == '__main__':`` by its body."""
    tree = _parsed(code)
    match tree and tree.body:
        case [*before, ast.If(test=test, body=body)] if _unparsed(test) == "__name__ == '__main__'":
            first, second = _unparsed(*before), _unparsed(*body)
            return code if first is None or second is None else f"{first}\n{second}"
        case _:
            return code


def wrapped(code: str) -> str | None:
    """Make the code the body of a function, below its own imports; None where that fails."""
    tree = _parsed(code)
    if tree is None:
        return None
    imports = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    others = [each for each in tree.body if not isinstance(each, ast.Import | ast.ImportFrom)]
    function = ast.FunctionDef(
        name=_BODY,
        args=ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[]),
        body=others,
        decorator_list=[],
        lineno=-1,
    )
    above, body = _unparsed(*imports), _unparsed(function)
    return None if above is None or body is None else f"{above}\n{body}"


def same_output(output: str, expected: str) -> Match:
    """Compare line by line without white space around them; a line that differs by its numbers, exactly."""
    got, wanted = _stripped_lines(output), _stripped_lines(expected)
    if len(got) != len(wanted):
        return Match(matched=False, difference=f"{len(got)} lines, not {len(wanted)}")
    for number, (line, other) in enumerate(zip(got, wanted, strict=True), start=1):
        if line != other and not _same_numbers(line, other):
            shown = f"line {number} is {line[:_SHOWN]!r}, not {other[:_SHOWN]!r}"
            return Match(matched=False, difference=shown)
    return Match(matched=True)


def same_results(step: CallsStep, values: str) -> Match:
    """Compare what calls returned: what was printed by lines, anything else as ``==`` does.

    Only the outermost tuple may stand for a list.
    """
    wanted = read_inputs(step.expected)
    lines = values.split("\n")[:-1]
    if len(lines) > len(wanted):
        return Match(matched=False, difference="wrote results that no call has returned")
    for number, (line, (expected,)) in enumerate(zip(lines, wanted, strict=False), start=1):
        match = _printed(line, expected) if step.comparison == PRINTED else _value(line, expected)
        if not match.matched:
            return Match(matched=False, difference=f"test {number}: {match.difference}")
    return Match(matched=len(lines) == len(wanted))


def _printed(line: str, expected: str) -> Match:
    try:
        value = read_returned(line).value
    except MalformedError:
        value = None
    if not isinstance(value, str):
        return Match(matched=False, difference="printed no text")
    match = same_output(value, expected)
    if match.matched:
        return match
    return Match(matched=False, difference=f"{match.difference[:_SHOWN]}{WHOLE}{json.dumps(value[:_SHOWN])}")


# Any: whatever JSON holds
def _value(line: str, expected: Any) -> Match:
    if _same_value(line, expected):
        return Match(matched=True)
    wrong = f"is not {repr(expected)[:_SHOWN]}{WHOLE}{line[:_SHOWN]}"
    return Match(matched=False, difference=wrong)


# Any: whatever JSON holds
def _same_value(line: str, expected: Any) -> bool:
    try:
        value = read_returned(line).value
        return bool((list(value) if isinstance(value, tuple) else value) == expected)
    except (MalformedError, TypeError, ValueError, ArithmeticError, RecursionError):
        return False


def _stripped_lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().split("\n")]


def _same_numbers(line: str, other: str) -> bool:
    """Whether two lines have the same numbers as ``Decimal`` reads them, and nothing else."""
    try:
        pairs = itertools.zip_longest(line.split(), other.split())
        return all(a and b and Decimal(a) == Decimal(b) for a, b in pairs)
    except (InvalidOperation, ValueError):
        return False


_PARSING_ERRORS: Final = (SyntaxError, ValueError, TypeError, MemoryError, RecursionError)


def _parsed(code: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(code)
    except _PARSING_ERRORS:
        return None


def _unparsed(*nodes: ast.AST) -> str | None:
    try:
        return "\n".join(map(ast.unparse, nodes))
    except _PARSING_ERRORS:
        return None
