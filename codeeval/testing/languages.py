"""What every language owes: a whole entry, and self-tests that come out as they say, warm and cold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval import registry
from codeeval.errors import CodeEvalError
from codeeval.interfaces import SandboxOptions
from codeeval.languages import LANGUAGES, Language, PythonFile, finish, self_test_program
from codeeval.pipeline.verifier import Verifier
from codeeval.sandboxes.images import catalogue
from codeeval.sandboxes.pool import Pool
from codeeval.testing.account import Account
from codeeval.types import TOKEN_PLACEHOLDER, Outcome

if TYPE_CHECKING:
    from codeeval.interfaces import SandboxLauncher

SELF_TESTS: Final = {
    "assertion": Outcome.WRONG_ANSWER,
    "exception": Outcome.RUNTIME_ERROR,
    "endless-loop": Outcome.TIMEOUT,
    "memory-bomb": Outcome.MEMORY_LIMIT,
    "early-exit": Outcome.INCOMPLETE,
    "syntax": Outcome.COMPILE_ERROR,
}
"""The self-tests that there must be beside one that passes."""


def check_language(language: Language, *, sandbox: str = "", launcher: SandboxLauncher | None = None) -> None:
    """Check a language's entry, and where there is a sandbox its self-tests.

    Args:
        language: the entry.
        sandbox: run the self-tests in a sandbox of this kind; empty for not executing anything.
        launcher: starts them in place of the one of that name.

    Raises:
        AssertionError: it does not do what a language must; its text lists what was found.
    """
    account = Account(f"the language {language.id!r}")
    _check_entry(account, language)
    _check_tests(account, language)
    _check_image(account, language)
    account.close()
    if sandbox or launcher:
        for cold in (False, True):
            _run_tests(account, language, launcher or registry.launcher(sandbox), cold=cold)
        account.close()


def _check_entry(account: Account, language: Language) -> None:
    account.expect(
        re.fullmatch(r"[a-z][a-z0-9-]*", language.id), "id has other characters than a-z, 0-9 and -"
    )
    account.expect(language.title.strip(), "title is empty")
    account.expect(language.fences, "there is no fence by which answers in it are known")
    for other in LANGUAGES.values():
        shared = set(other.fences) & set(language.fences) if other.id != language.id else set()
        account.expect(not shared, f"its fences {sorted(shared)} are those of {other.id}")
    written = "".join(file.content for file in language.support)
    if language.epilogue:
        written += language.epilogue.code
    # without either, the runner writes it: only Python's does
    token = TOKEN_PLACEHOLDER in written
    account.expect(token != (isinstance(language.run, PythonFile)), "nothing writes the completion token")
    marks = language.marks
    rules = (rule.pattern for rule in language.forbidden)
    for pattern in (*marks.syntax, *marks.memory, *marks.assertion, *rules):
        with account.allowing(f"the pattern {pattern!r}"):
            re.compile(pattern)


def _check_tests(account: Account, language: Language) -> None:
    tests = {test.name: test for test in language.self_tests}
    account.expect(len(tests) == len(language.self_tests), "two self-tests have one name")
    for name, outcome in SELF_TESTS.items():
        if account.expect(name in tests, f"there is no self-test {name!r}"):
            account.expect(
                tests[name].outcome is outcome, f"the self-test {name!r} must come to {outcome.value}"
            )
    passing = [test for test in language.self_tests if test.outcome is Outcome.PASSED]
    account.expect(passing, "no self-test is to pass")
    for test in passing:
        whole = test.stdout or finish(test.source, language.epilogue) is not None
        account.expect(whole, f"the self-test {test.name!r} lacks the shape that the epilogue needs")


def _check_image(account: Account, language: Language) -> None:
    try:
        image = catalogue().image(language.image)
    except CodeEvalError as error:
        account.note(error.message)
        return
    account.expect(language.id in image.languages, f"the image {image.name!r} does not list it as a language")


def _run_tests(account: Account, language: Language, launcher: SandboxLauncher, *, cold: bool) -> None:
    where = "cold" if cold else "warm"
    pool = Pool(launcher, SandboxOptions(image=language.image, run_id="testing", cold=cold), 1)
    pool.start()
    try:
        verifier = Verifier(pool, timeout_reruns=0)
        judged = [verifier.submit(self_test_program(language, test)) for test in language.self_tests]
        for test, future in zip(language.self_tests, judged, strict=True):
            verdict = future.result()
            account.expect(
                verdict.outcome is test.outcome,
                f"{where}: {test.name} must be {test.outcome.value}, is {verdict.outcome.value}: "
                f"{verdict.detail} {verdict.stderr.strip()[-200:]}".rstrip(),
            )
        versions = {tool: version for tool, version in pool.toolchain.items() if tool != "python"}
    finally:
        pool.close()
    named = versions or language.image == "python"
    account.expect(named, f"{where}: the image probes no tool's version, so no run records it")
    for tool, version in versions.items():
        account.expect(version != "missing", f"{where}: the image has no {tool}")
