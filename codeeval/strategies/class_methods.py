"""``class-methods``: complete a class method by method, from the skeleton that the prompt shows.

Incrementally, each prompt has the methods that were generated before; compositionally, the others' heads
alone.

Source: Du et al. 2023, "ClassEval", section 3.1, and FudanSELab/ClassEval, generation/inference_pipeline.py,
inference_util.py (``extract_method_code``).
"""

from __future__ import annotations

import enum
import re
import textwrap
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

import msgspec

from codeeval.errors import UsageError
from codeeval.strategies import prompts
from codeeval.strategies.base import StrategyBase
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.strategies.attempt import Attempt, Candidate
    from codeeval.types import Completion, Prompt

QUESTION: Final = "class_methods"
MOST: Final = 40
"""Methods of a class; the rest of a longer one is left as its skeleton has it."""
_CLASS: Final = re.compile(r"^class (\w+)", re.MULTILINE)
_METHOD: Final = re.compile(r"^(?: {4}@[^\n]*\n)* {4}(?:async )?def (\w+)\(", re.MULTILINE)
_CODE: Final = re.compile(r"^(?:import |from |class |@|#|\"\"\"|''')", re.MULTILINE)
_INIT: Final = "__init__"
_INDENT: Final = "    "


class Order(enum.StrEnum):
    """What a prompt shows of the other methods."""

    INCREMENTAL = "incremental"
    """Those that were generated before."""
    COMPOSITIONAL = "compositional"
    """The heads of all."""


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters."""

    order: Order = Order.INCREMENTAL
    """How the methods are generated."""


class Method(NamedTuple):
    """A method of a skeleton."""

    name: str
    text: str
    """Decorators, head and docstring."""

    @property
    def head(self) -> str:
        """The decorators and the head, which may span lines."""
        at = re.search(r"\)[^\n()]*:[ \t]*$", self.text, re.MULTILINE)
        return self.text[: at.end()] if at else self.text

    @property
    def decorators(self) -> str:
        """The lines above its head."""
        return self.text[: self.text.index("def ")].rpartition("\n")[0]


class Skeleton(NamedTuple):
    """A class whose methods are to be written."""

    name: str
    start: str
    """Imports, and the class up to its constructor's end."""
    methods: tuple[Method, ...]


def skeleton(text: str) -> Skeleton | None:
    """Read the skeleton that a prompt ends in; None where it shows none."""
    found = _CLASS.search(text)
    if found is None:
        return None
    first = _CODE.search(text)
    places = list(_METHOD.finditer(text, found.end()))
    ends = [*(place.start() for place in places[1:]), len(text)]
    every = [
        Method(place[1], text[place.start() : end].rstrip()) for place, end in zip(places, ends, strict=True)
    ]
    start = text[
        first.start() if first else found.start() : places[0].start() if places else len(text)
    ].rstrip()
    start += "".join(f"\n{each.text}" for each in every if each.name == _INIT)
    methods = tuple(each for each in every if each.name != _INIT)
    return Skeleton(found[1], start, methods[:MOST]) if methods else None


def written(method: Method, answer: str) -> str:
    """Return the method as an answer has it, indented as in the class; its skeleton where it has none."""
    lines = answer.replace("\r\n", "\n").split("\n")
    heading = re.compile(rf"\s*(?:async )?def {re.escape(method.name)}\(")
    at = next((number for number, line in enumerate(lines) if heading.match(line)), None)
    if at is None:
        return method.text
    depth = len(lines[at]) - len(lines[at].lstrip())
    code = [lines[at]]
    for line in lines[at + 1 :]:
        inside = not line.strip() or len(line) - len(line.lstrip()) > depth
        closes_head = line.strip().startswith(")") and not code[-1].rstrip().endswith(":")
        if not inside and not closes_head:
            break
        code.append(line)
    body = textwrap.indent(textwrap.dedent("\n".join(code).rstrip()), _INDENT)
    return f"{method.decorators}\n{body}" if method.decorators else body


class ClassMethods(StrategyBase[Parameters]):
    """Generate each method with a prompt of its own, and put the class together."""

    name = "class-methods"
    parameter_type = Parameters
    templates = (QUESTION,)
    needs_trials = False
    selects_only = False
    max_generations = MOST

    async def solve(self, attempt: Attempt) -> Completion:
        """Generate the methods in the skeleton's order; without a skeleton, answer as without a strategy.

        Raises:
            UsageError: the prompt shows no skeleton of a class.
        """
        chat = attempt.prompt.style is PromptStyle.CHAT
        found = skeleton(prompts.task_text(attempt.prompt) if chat else attempt.prompt.text)
        if found is None:
            raise UsageError(
                f"{attempt.prompt.task_id}: its prompt shows no class with methods to write",
                f"--strategy {self.name} is for classeval.",
            )
        done: list[str] = []
        last: Candidate | None = None
        for method in found.methods:
            shown = self._shown(found, method, done)
            [last] = await attempt.generate(method.name, _prompt(attempt.prompt, found, method, shown))
            text = last.completion.text if chat else f"{method.text}\n{last.completion.text}"
            done.append(written(method, text))
        assert last is not None  # noqa: S101 -- a skeleton has methods
        return attempt.select(attempt.compose("class", _joined(found.start, done), last))

    def _shown(self, found: Skeleton, method: Method, done: Sequence[str]) -> str:
        """Return the class as the prompt for a method shows it, ended by that method's skeleton."""
        match self._parameters.order:
            case Order.INCREMENTAL:
                others = list(done)
            case Order.COMPOSITIONAL:
                others = [f"{each.head}\n        pass" for each in found.methods if each is not method]
            case never:
                assert_never(never)
        return _joined(found.start, [*others, method.text])


def _joined(start: str, methods: Sequence[str]) -> str:
    return "\n\n".join([start, *methods]) + "\n"


def _prompt(prompt: Prompt, found: Skeleton, method: Method, shown: str) -> Prompt:
    if prompt.style is PromptStyle.BASE:
        return msgspec.structs.replace(prompt, text=shown)
    text = prompts.render(QUESTION, method=method.name, class_name=found.name, code=shown)
    return prompts.question(prompt, text)
