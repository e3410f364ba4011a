"""What the official code does to a model's text, quirks included.

Source: CodeEval-Pro/CodeEval-Pro: eval/run_api.py, eval/santize.py, eval/harness.py.
"""

from __future__ import annotations

import ast
import re
from typing import Final

FENCE: Final = "```"
OPENING: Final = "```python"


def first_fence(answer: str) -> str:
    """Return what follows the first ```` ```python ````, up to the next fence.

    Without such a fence, it is the answer from its start up to the first fence, prose or not. Nothing else
    is tried: an unlabelled block is not found, and of several blocks the first counts.

    Source: eval/run_api.py, ``main``.
    """
    code = answer.split(OPENING, 1)[-1]
    return code.split(FENCE, 1)[0]


def sanitised(text: str) -> str:
    """Cut off what a model adds after the solution: its main block, its own tests, its examples.

    Three quirks: the first mark in this order decides, not the one that comes first in the text; a mark
    counts anywhere, within a docstring too; and ``# Example`` cuts only where a space follows.

    Source: eval/santize.py, ``post_process_humaneval``, which serves all three benchmarks.
    """
    if "if __name__" in text:
        return text.split("if __name__", 1)[0]
    if "# Test" in text:
        return text.split("# Test", 1)[0]
    if "# Example" in text:
        return text.split("# Example ", 1)[0]
    return text


def as_script(code: str) -> str:
    """Make a program that sees what ``python FILE`` shows it: spaces for tabs, and itself as ``__main__``.

    ``code_eval`` executes in a namespace without a name, so a main block does not run there; here it does.

    Source: eval/harness.py, ``generate_py_file`` and ``run_generated_py_file``.
    """
    code = code.replace("\t", "    ")
    future = list(re.finditer(r"^from __future__ import .*\n", code, re.MULTILINE))
    place = future[-1].end() if future else 0  # such imports must come first in a file
    return f'{code[:place]}__name__ = "__main__"\n{code[place:]}'


def wants_one_answer(tests: str) -> bool:
    """Whether every assert wants the same constant, so that a function that returns it always is right.

    A fault of the dataset: humaneval-pro 32 wants None four times, mbpp-pro 80 wants 0.0.
    """
    wanted = set()
    for statement in ast.parse(tests.strip()).body:
        match statement:
            case ast.Assert(test=ast.Compare(ops=[ast.Eq()], comparators=[ast.Constant(value=value)])):
                wanted.add(repr(value))
            case _:
                return False
    return len(wanted) == 1
