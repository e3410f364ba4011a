"""What every language with an image owes: its self-tests come out as they say, warm and cold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.sandboxing import launcher

from codeeval.interfaces import SandboxOptions
from codeeval.judging import judge
from codeeval.languages import LANGUAGES, Language, self_test_program
from codeeval.sandboxes.images import catalogue
from codeeval.sandboxes.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable

BUILDABLE = [
    language
    for language in LANGUAGES.values()
    if language.id != "python" and catalogue().image(language.image).from_packages
]
"""Python's self-tests are in test_sandbox.py; what needs more than packages cannot be built everywhere."""


@pytest.mark.docker
@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
@pytest.mark.parametrize("language", BUILDABLE, ids=lambda language: language.id)
def test_self_tests(language: Language, demand_image: Callable[[str], None], *, cold: bool) -> None:
    demand_image(language.image)
    options = SandboxOptions(image=language.image, run_id="tests", cold=cold)
    pool = Pool(launcher("docker"), options, 2)
    pool.start()
    try:
        programs = [self_test_program(language, test) for test in language.self_tests]
        executions = [pool.submit(program) for program in programs]
        verdicts = [judge(program, done.result()) for program, done in zip(programs, executions, strict=True)]
        toolchain = pool.toolchain
    finally:
        pool.close()
    told = {
        test.name: (verdict.outcome, verdict.detail, verdict.stderr)
        for test, verdict in zip(language.self_tests, verdicts, strict=True)
        if verdict.outcome is not test.outcome
    }
    assert not told
    assert toolchain.keys() - {"python"}, "a language's image says which version its tools have"
    assert "missing" not in toolchain.values()
