"""What APPS' own tester makes of a program.

One that reads standard input becomes the body of a function. So a ``return`` at the top level is fine,
``global`` names are not where the program looks for them, what stands under ``if __name__ == "__main__"`` is
not run, and ``SystemExit`` ends the program well whatever its status. Of one whose function is called, the
calls go on where one raises.

Source: hendrycks/apps, eval/testing_util.py, ``run_test`` and ``call_method``.
"""

from __future__ import annotations

from typing import Final

NAME: Final = '__name__ = "tmp_sol"\n'
RUN: Final = "\ntry:\n    code()\nexcept SystemExit:\n    pass\n"
CALLED: Final = "codeeval_called"
RAISED: Final = "\0raised"
"""Stands for the result of a call that raised: nothing that is expected."""
_EACH: Final = """
def codeeval_each(function, calls):
    failures, made = [], []
    def call(*arguments):
        made.append(None)
        if len(made) > calls:
            if failures:
                raise failures[0]
            return None
        try:
            return function(*arguments)
        except Exception as error:
            failures or failures.append(error)
            return "\\0raised"
    return call
"""
_IMPORTS: Final = ("from ", "import ")


def calling(code: str, function: str, calls: int) -> str:
    """Return the program whose ``CALLED`` is called with each input, and goes on where a call raises.

    After those calls it must be called once more: then it raises what the first call raised that did.

    Source: hendrycks/apps, eval/testing_util.py, ``run_test``: such a call has failed, and the next follows.
    """
    owner = "Solution()." if "class Solution" in code else ""
    return f"{code}\n{_EACH}{CALLED} = codeeval_each({owner}{function}, {calls})\n"


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
