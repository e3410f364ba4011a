"""Each language through ``/run_code``: a program that echoes, one that fails, one that does not compile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.serving import Served, serving

from codeeval.languages import LANGUAGES, Language
from codeeval.sandboxes.images import catalogue
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.docker
GO = """package main

import "fmt"

func main() {
    var word string
    fmt.Scan(&word)
    fmt.Println(word + word)
}
"""
ECHOES = {"go": (GO, "ab", "abab")}
"""Of languages whose self-tests are all test programs."""


BUILT = [language for language in LANGUAGES.values() if catalogue().image(language.image).from_packages]
"""Languages whose image packages alone build."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, demand_image: Callable[[str], None]) -> Iterator[Served]:
    demand_image("python")
    arguments = ("--sandbox", "docker", "--languages", ",".join(LANGUAGES), "--workers", "2")
    with serving(tmp_path_factory.mktemp("serve"), *arguments) as found:
        yield found


def test_an_image_that_is_not_built(served: Served) -> None:
    """The answer names the command; no machine has every image."""
    info = served.call("/v1/info").json
    lacking = [language for language in LANGUAGES.values() if language.id not in info["languages"]]
    assert lacking
    for path in ("/run_code", "/v1/execute"):
        reply = served.call(path, {"code": "", "language": lacking[0].id})
        assert (reply.status, f"codeeval sandbox build {lacking[0].image}" in reply.text) == (503, True)
    assert served.run_code("print(1)")["status"] == "Success"


@pytest.mark.parametrize("language", BUILT, ids=lambda language: language.id)
def test_a_language(served: Served, demand_image: Callable[[str], None], language: Language) -> None:
    demand_image(language.image)
    source, stdin, stdout = ECHOES.get(language.id) or next(
        (test.source, test.stdin, test.stdout) for test in language.self_tests if test.stdout
    )
    timeouts = {"compile_timeout": 120, "run_timeout": 120, "timeout_s": 280}
    result = served.run_code(source, language=language.id, stdin=stdin, **timeouts)
    assert result["status"] == "Success", result
    assert result["run_result"]["stdout"].strip() == stdout
    broken = next(test for test in language.self_tests if test.outcome is Outcome.COMPILE_ERROR)
    failed = served.run_code(broken.source, language=language.id, **timeouts)
    assert failed["status"] == "Failed"
    last = failed["run_result"] or failed["compile_result"]
    assert last["return_code"] != 0 or "rror" in last["stderr"] + last["stdout"]
