"""Rootless Docker and Podman: an engine that may limit nothing, and the same outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import engines
from support.sandboxing import SMALL_SANDBOX, boxed, launcher, program
from test_escapes import ATTEMPTS
from test_resources import HASTY, HOGS

from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

pytestmark = [pytest.mark.docker, pytest.mark.slow]

LIMITED = ("fork-bomb", "thread-bomb", "memory-bomb", "memory-bomb-in-children")
"""What an engine's control group would stop."""
NO_GROUPS = """
import os
assert not os.path.isdir('/sys/fs/cgroup') or not os.listdir('/sys/fs/cgroup'), "another's groups"
"""


@pytest.mark.parametrize(
    "serve",
    [engines.rootless_docker, pytest.param(engines.podman, marks=pytest.mark.podman)],
    ids=["docker", "podman"],
)
def test_programs_reach_and_take_no_more(
    serve: Callable[[engines.User], AbstractContextManager[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(engines.ordinary_user()) as url:
        monkeypatch.setenv("DOCKER_HOST", url)
        described = launcher("docker").describe(SMALL_SANDBOX)
        with boxed("docker", SMALL_SANDBOX) as box:
            if "not_enforced" in described:
                assert box.outcome(NO_GROUPS) is Outcome.PASSED
            for name, source in ATTEMPTS.items():
                verdict = box.judge(program(source))
                assert verdict.outcome is Outcome.PASSED, (name, verdict.detail, verdict.stderr)
            for name in LIMITED:
                source, outcomes = HOGS[name]
                verdict = box.judge(program(source, limits=HASTY))
                assert verdict.outcome in outcomes, (name, verdict.detail)
                box.check_clean()
