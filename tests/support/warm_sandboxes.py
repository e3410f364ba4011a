"""Sandboxes that tests of one language share, since a compiler's first program costs up to ten others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.sandboxing import launcher

from codeeval.interfaces import SandboxOptions
from codeeval.judging import judge
from codeeval.sandboxes.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def in_turn(items: list[pytest.Item]) -> list[pytest.Item]:
    """Order the tests of each module so that those of one language follow one another."""
    modules = {item.path: place for place, item in enumerate(reversed(items))}

    def key(item: pytest.Item) -> tuple[int, str, str]:
        params = (
            item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        )
        if "warm_sandboxes" not in params:
            return -modules[item.path], "", ""
        return -modules[item.path], params["warm_sandboxes"], params.get("suffix") or params.get("name", "")

    return sorted(items, key=key)
