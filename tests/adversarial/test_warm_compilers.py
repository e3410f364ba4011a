"""Sources that attack the warm compiler, or the program that it compiles after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from support.sandboxing import DOCKER, UNPACKED, UNPACKED_ROOTLESS, launcher

from codeeval.interfaces import SandboxOptions
from codeeval.judging import judge
from codeeval.languages import LANGUAGES, SelfTest, self_test_program
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codeeval.interfaces import Sandbox

SHAPES: Final = {
    "java": "%s\nclass Problem {\n    public static void main(String[] args) {\n%s\n    }\n}\n",
    "scala": "%s\nobject Problem {\n    def main(args: Array[String]) = {\n%s\n    }\n}\n",
    "typescript": "declare var require: any;\n%s\nfunction test() {\n%s\n}\n\ntest();",
}
LEAVES: Final = {
    "java": ("", "class Remnant { static int left = 1; }"),
    "scala": ("", "class Remnant; class Seq"),
    "typescript": ("", "class Remnant {}\ninterface Array<T> { left(): T }"),
}
"""Declares what the next program must not see."""
FINDS: Final = {
    "java": ("        int found = Remnant.left;",),
    "scala": ("        new Remnant",),
    "typescript": ("  new Remnant();", "  [1].left();"),
}
WELL: Final = {
    "java": "        assert(1 + 1 == 2);",
    "scala": "        assert(Seq(1, 2).sum == 3)",
    "typescript": "  [1].map((n) => n + 1);",
}
NUMBER: Final = {
    "java": "        int n = %s;",
    "scala": "        val n: Int = %s",
    "typescript": "  const n: number = %s;",
}
DEEP: Final = "(" * 20_000 + "1" + ")" * 20_000
HOSTILE: Final = {
    "deep": DEEP,
    "unclosed": "{" * 2_000,
    "wide": "+".join(["'x'.oops"] * 500),
    "nul": "1 \0 2",
    "encoding": "\N{ZERO WIDTH NO-BREAK SPACE}\u202e\U0010ffff",
    "separators": '"\x1f";\x1f0 0 0',
}
"""What none of the compilers takes for a number."""


class Box:
    """A sandbox, and one language in it."""

    def __init__(self, language: str, sandbox: Sandbox) -> None:
        self.language = LANGUAGES[language]
        self.sandbox = sandbox

    def outcome(self, statement: str, declaration: str = "") -> Outcome:
        """Judge a program with this statement in its tests and this declaration beside them."""
        source = SHAPES[self.language.id] % (declaration, statement)
        program = self_test_program(
            self.language, SelfTest(name="test", source=source, outcome=Outcome.PASSED)
        )
        self.sandbox.send([program])
        return judge(program, self.sandbox.receive()).outcome


@pytest.fixture(scope="module", params=[DOCKER, UNPACKED, UNPACKED_ROOTLESS])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=sorted(SHAPES))
def box(request: pytest.FixtureRequest, kind: str, demand_image: Callable[..., None]) -> Iterator[Box]:
    image = LANGUAGES[request.param].image
    demand_image(image, kind)
    sandbox = launcher(kind).launch(SandboxOptions(image=image, run_id="tests", probe=False))
    yield Box(request.param, sandbox)
    sandbox.close()


def test_nothing_is_left_for_the_next_program(box: Box) -> None:
    id_ = box.language.id
    assert box.outcome(*LEAVES[id_]) is Outcome.PASSED
    for statement in FINDS[id_]:
        assert box.outcome(statement) is Outcome.COMPILE_ERROR
    assert box.outcome(WELL[id_]) is Outcome.PASSED


@pytest.mark.parametrize("attack", HOSTILE)
def test_hostile_source_fails_alone(box: Box, attack: str) -> None:
    id_ = box.language.id
    assert box.outcome(NUMBER[id_] % HOSTILE[attack]) is Outcome.COMPILE_ERROR
    assert box.outcome(WELL[id_]) is Outcome.PASSED
