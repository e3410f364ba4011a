"""Runs BigCodeBench's tasks in one of the ways that are not ours, inside the image that ours uses.

Usage: ``library_server.py official|fresh`` reads a JSON list of [solution, tests, entry point] from the first
line of standard input. For each further line it runs all of them (to warm up, the first alone for the first
line) and answers with how many did not pass.

``official``: ``untrusted_check`` of the package ``bigcodebench``, with the limits of its ``evaluate`` and in
its pool of processes. ``evaluate`` imports ``datasets`` and with it pandas, so pandas is imported here as
well: the processes that are forked have it.

``fresh``: an interpreter for each task.
"""

import contextlib
import functools
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor

Task = tuple[str, str, str]

END = "\n\nimport unittest\nunittest.main(argv=['task'])\n"


def official(tasks: list[Task]) -> int:
    """Run tasks as the evaluator does with one worker; returns how many did not pass."""
    from bigcodebench.eval import untrusted_check  # noqa: PLC0415 -- only where it is measured

    limits = {"max_as_limit": 30 * 1024, "max_data_limit": 30 * 1024, "max_stack_limit": 10}
    check = functools.partial(untrusted_check, **limits, min_time_limit=1, gt_time_limit=20)
    with ProcessPoolExecutor(max_workers=1) as executor:
        futures = [executor.submit(check, *task) for task in tasks]
        results = [future.result() for future in futures]
    report(i for i, (status, _) in enumerate(results) if status != "pass")
    return sum(status != "pass" for status, _ in results)


def fresh(tasks: list[Task]) -> int:
    """Run tasks as files of their own; returns how many did not pass."""
    failed = []
    for i, (solution, tests, _) in enumerate(tasks):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "task.py")  # noqa: PTH118 -- nothing is imported that is not needed
            with open(file, "w") as text:  # noqa: PTH123 -- as above
                text.write(solution + "\n" + tests + END)
            quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            if subprocess.run([sys.executable, file], cwd=folder, check=False, **quiet).returncode:
                failed.append(i)
    report(failed)
    return len(failed)


def report(failed) -> None:
    """Name the tasks that did not pass."""
    for i in failed:
        print("did not pass:", i, file=sys.stderr)  # noqa: T201


def main() -> None:
    """Serve."""
    if sys.argv[1] == "official":
        import pandas  # noqa: F401, ICN001, PLC0415 -- see above

        run = official
    else:
        run = fresh
    tasks = [tuple(task) for task in json.loads(sys.stdin.readline())]
    for number, _ in enumerate(sys.stdin):
        with contextlib.redirect_stdout(sys.stderr):
            failed = run(tasks if number else tasks[:1])
        print(failed, flush=True)  # noqa: T201 -- the answer


if __name__ == "__main__":
    main()
