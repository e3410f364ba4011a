"""What the runner has loaded is immortal where CPython allows it; what a program makes is not."""

from __future__ import annotations

import pytest
from support import sandboxing
from support.sandboxing import DOCKER, SMALL_SANDBOX

from codeeval.types import Outcome

PROGRAM = """
import math, sys, weakref
def solve(x):
    class Own: pass
    made = Own()
    seen = weakref.ref(made)
    counted = sys.getrefcount(made)
    del made
    kept = sys.getrefcount(math), sys.getrefcount(math.sqrt), sys.getrefcount(len), sys.getrefcount(list)
    return [min(kept) >= 1 << 30, counted, seen() is None]
"""


@pytest.mark.parametrize("launcher", [DOCKER])
def test_counts_of_what_is_loaded_are_not_written_to(launcher: str) -> None:
    """Or each program, and this process after it, would copy the pages that they lie in."""
    with sandboxing.boxed(launcher, SMALL_SANDBOX) as box:
        tests = "assert solve(1) == [True, 2, True]\n"
        assert box.outcome(PROGRAM, tests, entry_point="solve") is Outcome.PASSED
