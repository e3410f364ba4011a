"""PAL-Math: DeepSeek-Coder's evaluation of programs that solve word problems, with three worked examples.

Source: Guo et al. 2024, "DeepSeek-Coder" (arXiv:2401.14196), section 4.4; deepseek-ai/DeepSeek-Coder:
Evaluation/PAL-Math/run.py, utils/grader.py, utils/parser.py.
"""

from __future__ import annotations

import math
import re
from typing import Final

from codeeval.types import Limits

SHOTS: Final = 3
STOP: Final = ("Question", "----------------")
"""Source: run.py, ``stop_words``."""
LIMITS: Final = Limits(cpu_s=5.0, wall_s=15.0)
"""Source: utils/python_executor.py, which has 5 s of wall time."""
TAKEN: Final = "str(solution())"
CLOSE: Final = 1e-4
"""Relative. Source: utils/grader.py, ``math_equal``."""
LONGEST_CHARS: Final = 400
"""Of a number; the longest float has 309 digits."""
_FENCE, _HEAD, _END = "```python\n", "def solution():\n", "```"
_RATIO: Final = re.compile(r"(-?[0-9]{1,15})/(-?[0-9]{1,15})")


def block(text: str) -> str:
    """Find the first block fenced as ``python`` that defines ``solution``; empty where there is none.

    Source: run.py, ``extract_python_block_with_solution``.
    """
    start = text.find(_FENCE)
    head = text.find(_HEAD, start + len(_FENCE)) if start >= 0 else -1
    end = text.find(_END, head + len(_HEAD)) if head >= 0 else -1
    return text[start + len(_FENCE) : end] if end >= 0 else ""


def same(answer: str, expected: float) -> bool:
    """Whether an answer is the expected number, or a hundred times or a hundredth of it: a percentage.

    Published, an answer that is no number is compared as a formula, by SymPy; here only a ratio of whole
    numbers is.

    Source: utils/grader.py, ``math_equal``; utils/parser.py, ``strip_string``.
    """
    text = answer[: LONGEST_CHARS + 1].strip().rstrip(".").translate(dict.fromkeys(map(ord, "$%\\, \n")))
    ratio = _RATIO.fullmatch(text)
    try:
        value = int(ratio[1]) / int(ratio[2]) if ratio else float(text)
    except (ValueError, ArithmeticError):
        return False
    if len(answer) > LONGEST_CHARS:
        return False
    return any(
        math.isclose(each, value, rel_tol=CLOSE) for each in (expected / 100, expected, expected * 100)
    )
