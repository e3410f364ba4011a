"""LiveCodeBench's own way to judge a sample, written anew from its description, for comparison.

    lcb_runner_double.py SAMPLES

SAMPLES is JSON: a list of [code, inputs, outputs]. For each line of standard input all are judged, one after
another, and the number of those that passed is written. As in the authors' runner, a sample has a process and
a manager process of its own; the code, made the body of a function, is executed once and called for each
input with mocked streams under an alarm; lines are stripped and compared, numbers in them as ``Decimal``.
"""

import ast
import contextlib
import functools
import io
import json
import multiprocessing
import signal
import sys
import types
from decimal import Decimal, InvalidOperation
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np  # noqa: F401 -- as the authors' runner does: what is forked is as large

from codeeval.benchmarks.livecodebench import official

TIMEOUT_S = 6


def judge(code: str, inputs: list, outputs: list, results: list) -> None:
    """Judge a sample in the process that was made for it."""
    signal.signal(signal.SIGALRM, _late)
    signal.alarm(TIMEOUT_S)
    module = types.ModuleType("tmp_sol", "")
    tree = ast.parse(official.without_main_guard(code))
    imports = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    others = [each for each in tree.body if not isinstance(each, ast.Import | ast.ImportFrom)]
    body = "\n".join("    " + line for line in ast.unparse(others).split("\n"))
    exec(f"{official.header()}\n{ast.unparse(imports)}\ndef wrapped_function():\n{body}\n", module.__dict__)
    passed = []
    for text, expected in zip(inputs, outputs, strict=True):
        signal.alarm(TIMEOUT_S)
        lines, out = iter(text.split("\n")), io.StringIO()
        with (
            mock.patch("builtins.open", mock.mock_open(read_data=text)),
            mock.patch("sys.stdin", io.StringIO(text)),
            mock.patch("sys.stdin.readline", functools.partial(next, lines)),
            mock.patch("sys.stdin.readlines", return_value=text.split("\n")),
            mock.patch("sys.stdin.read", return_value=text),
            contextlib.redirect_stdout(out),
            contextlib.suppress(SystemExit),
        ):
            module.wrapped_function()
        signal.alarm(0)
        passed.append(_same(out.getvalue(), expected))
        if not passed[-1]:
            break
    results.append(passed)


def _late(*_: object) -> None:
    raise TimeoutError


def _same(output: str, expected: str) -> bool:
    got, wanted = ([line.strip() for line in text.strip().split("\n")] for text in (output, expected))
    return len(got) == len(wanted) and all(map(_same_line, got, wanted))


def _same_line(line: str, other: str) -> bool:
    if line == other:
        return True
    try:
        return list(map(Decimal, line.split())) == list(map(Decimal, other.split()))
    except InvalidOperation:
        return False


def main() -> None:
    """Judge all samples whenever asked."""
    samples = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    for _ in sys.stdin:
        count = 0
        for code, inputs, outputs in samples:
            results = multiprocessing.Manager().list()
            process = multiprocessing.Process(target=judge, args=(code, inputs, outputs, results))
            process.start()
            process.join(timeout=(TIMEOUT_S + 1) * len(inputs) + 5)
            if process.is_alive():
                process.kill()
            count += bool(results) and all(results[0])
        print(count, flush=True)  # noqa: T201 -- the answer


if __name__ == "__main__":
    main()
