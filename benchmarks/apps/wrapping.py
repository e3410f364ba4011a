"""What APPS' own tester makes of a program that reads standard input: the body of a function.

So a ``return`` at the top level is fine, ``global`` names are not where the program looks for them, what
stands under ``if __name__ == "__main__"`` is not run, and ``SystemExit`` ends the program well whatever its
status.

Source: hendrycks/apps, eval/testing_util.py, ``run_test`` and ``call_method``.
"""

from __future__ import annotations

from typing import Final

NAME: Final = '__name__ = "tmp_sol"\n'
RUN: Final = "\ntry:\n    code()\nexcept SystemExit:\n    pass\n"
_IMPORTS: Final = ("from ", "import ")


def wrapped(code: str) -> str:
    """Return the program that runs a solution as the tester does, but for its imports."""
    lines = []
    started = False
    for line in code.split("\n"):
        if line.startswith(_IMPORTS):
            lines.append(f"\t{line}" if started else line)
            continue
        if not started:
            lines += ["stdin = sys.stdin", "stdout = sys.stdout", "def code():"]
            started = True
        lines.append(f"\t{line}")
    body = "\n".join(lines) if started else "\n".join([*lines, "def code():", "\tpass"])
    return f"{NAME}{body}\n{RUN}"
