"""Sandboxes that tests of one language share, since a compiler's first program costs up to ten others.

With ``--dist loadgroup`` one worker runs all tests of a language, one after another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.sandboxing import launcher

from codeeval.interfaces import SandboxOptions
from codeeval.judging import judge
from codeeval.sandboxes.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from _pytest.mark.structures import ParameterSet

    from codeeval.types import Execution, Program, Verdict


class WarmSandboxes:
    """One sandbox, warm or cold, of the image that was asked for last.

    Args:
        kind: the launcher's name, as in ``sandboxing.launcher``.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._image = ""
        self._pools: dict[bool, Pool] = {}

    def executions(self, programs: Sequence[Program], *, cold: bool = False) -> list[Execution]:
        """Execute programs of one image, in order."""
        if self._image != programs[0].image:
            self.close()
            self._image = programs[0].image
        if cold not in self._pools:
            options = SandboxOptions(image=self._image, run_id="tests", cold=cold)
            self._pools[cold] = Pool(launcher(self._kind), options, 1)
            self._pools[cold].start()
        return [done.result() for done in [self._pools[cold].submit(program) for program in programs]]

    def verdicts(self, programs: Sequence[Program], *, cold: bool = False) -> list[Verdict]:
        """Execute programs and judge them by what they have brought."""
        executions = self.executions(programs, cold=cold)
        return [judge(program, done) for program, done in zip(programs, executions, strict=True)]

    def close(self) -> None:
        while self._pools:
            self._pools.popitem()[1].close()


def by_language(names: Iterable[str], language_of: Callable[[str], str]) -> list[ParameterSet]:
    """Return parameters whose tests one worker runs, with those of other modules of the same language."""
    return [
        pytest.param(name, id=name, marks=pytest.mark.xdist_group(f"language {language_of(name)}"))
        for name in names
    ]
