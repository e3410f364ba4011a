"""``parsel``: plan a program as functions, implement each several times, search for a combination that works.

Source: Zelikman et al. 2023, "Parsel: Algorithmic Reasoning with Language Models by Composing Decompositions"
(arXiv:2212.10561), section 3. A function without tests of its own is searched together with what calls it.
Here the tests are the examples of the prompt, so all that the main function reaches is one such group, taken
in the order of its strongly connected components; what it does not reach is left out.
"""

from __future__ import annotations

import ast
import asyncio
import itertools
import re
import time
import warnings
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import msgspec

from codeeval.errors import PromptRefused
from codeeval.strategies import prompts
from codeeval.strategies.base import StrategyBase
from codeeval.strategies.parameters import refuse_base_model, refuse_greedy
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from codeeval.interfaces import ModelInfo
    from codeeval.strategies.attempt import Attempt, Candidate
    from codeeval.strategies.trials import Trial
    from codeeval.types import Completion, Sampling

DECOMPOSE, IMPLEMENT = "parsel_decompose", "parsel_implement"
AT_ONCE: Final = 8
"""Programs tried at the same time; the search ends with those that pass the examples."""
LONGEST_CHARS: Final = 1 << 16
"""Of an implementation; a longer one is not parsed."""
_FUNCTION: Final = re.compile(
    r"^[\s\-*\d.)`]*(?:def )?([A-Za-z_]\w*)\(([^()\n]*)\)[^:\n]*:\s*(\S.*)$", re.MULTILINE
)
_FENCED: Final = re.compile(r"^ *```[^\n`]*\n(.*?)(?:^ *```|\Z)", re.MULTILINE | re.DOTALL)


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters."""

    functions: Annotated[int, msgspec.Meta(ge=1, le=12)] = 4
    """Most functions of a plan, the main one among them."""
    implementations: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4
    """Of each function."""
    programs: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 64
    """Most combinations that are tried."""
    seconds: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 120.0
    """Most time that they are tried for."""


class Planned(NamedTuple):
    """A function of a plan."""

    name: str
    arguments: str
    description: str

    @property
    def line(self) -> str:
        """As a plan states it."""
        return f"{self.name}({self.arguments}): {self.description}"


class Implementation(NamedTuple):
    """One way to write a function."""

    code: str
    calls: frozenset[str]
    """Names that it uses."""


class Parsel(StrategyBase[Parameters]):
    """Try combinations, the first implementations first, until one passes the examples; select the best."""

    name = "parsel"
    parameter_type = Parameters
    templates = (DECOMPOSE, IMPLEMENT)
    needs_trials = True
    selects_only = False

    @property
    def max_generations(self) -> int:
        """The plan, the implementations, and an answer without a plan where there is none."""
        return 2 + self._parameters.functions * self._parameters.implementations

    def check(self, model: ModelInfo, sampling: Sampling) -> None:
        """Refuse base models, which do not answer questions, and greedy sampling.

        Raises:
            UsageError: one of both.
        """
        refuse_base_model(self.name, "a plan", model)
        if self._parameters.implementations > 1:
            refuse_greedy(self.name, sampling)

    async def solve(self, attempt: Attempt) -> Completion:
        """Plan, implement, search, select; without a plan that can be implemented, answer directly."""
        unstopped = msgspec.structs.replace(attempt.sampling, stop=())
        task = prompts.task_text(attempt.prompt)
        message = prompts.render(DECOMPOSE, task=task, most=self._parameters.functions)
        [plan] = await attempt.generate(
            "plan", prompts.question(attempt.prompt, message), message=message, sampling=unstopped
        )
        functions = planned(plan.completion.text, self._parameters.functions)
        written = await asyncio.gather(
            *(self._implement(attempt, task, functions, each, unstopped) for each in functions)
        )
        found = {each.name: ways for each, ways in zip(functions, written, strict=True) if ways}
        if not functions or functions[-1].name not in found:
            [candidate] = await attempt.generate("answer without a plan")
            return attempt.select(candidate)
        return attempt.select(await self._search(attempt, plan, found, functions[-1].name))

    async def _implement(
        self,
        attempt: Attempt,
        task: str,
        functions: Sequence[Planned],
        function: Planned,
        sampling: Sampling,
    ) -> list[Implementation]:
        message = prompts.render(
            IMPLEMENT, task=task, plan=[each.line for each in functions], function=function.line
        )
        try:
            written = await attempt.generate(
                f"implementation of {function.name}",
                prompts.question(attempt.prompt, message),
                message=message,
                sampling=sampling,
                count=self._parameters.implementations,
            )
        except PromptRefused:
            return []
        others = {each.name for each in functions} - {function.name}
        ways = (implementation(each.completion.text, function.name, others) for each in written)
        return list(dict.fromkeys(way for way in ways if way is not None))

    async def _search(
        self, attempt: Attempt, plan: Candidate, found: Mapping[str, Sequence[Implementation]], main: str
    ) -> Candidate:
        """Try combinations within the budget; return the first of the best."""
        ends_s = time.monotonic() + self._parameters.seconds
        combinations = itertools.islice(combined(found, main), self._parameters.programs)
        best: tuple[Trial, Candidate] | None = None
        while batch := list(itertools.islice(combinations, AT_ONCE)):
            candidates = [attempt.compose("combination", f"```python\n{code}\n```\n", plan) for code in batch]
            for trial, candidate in zip(await attempt.run_trials(candidates), candidates, strict=True):
                if best is None or trial.rank > best[0].rank:
                    best = trial, candidate
            if (best and best[0].outcome is Outcome.PASSED) or time.monotonic() > ends_s:
                break
        if best is None:
            raise TypeError(f"no combination of {main}")
        return best[1]


def planned(text: str, most: int) -> list[Planned]:
    """Read a plan: one function a line, the main one last; the last of those that have one name."""
    found = {
        name: Planned(name, arguments.strip(), what.strip())
        for name, arguments, what in _FUNCTION.findall(text)
    }
    return list(found.values())[-most:]


def implementation(text: str, name: str, others: set[str]) -> Implementation | None:
    """Find the code of an answer that defines a function; None where it does not parse or defines another.

    What it defines of the other functions of the plan is left out: each has implementations of its own.
    """
    blocks = _FENCED.findall(text) or [text]
    for code in reversed(blocks):
        try:
            if len(code) > LONGEST_CHARS:
                continue
            with warnings.catch_warnings(action="ignore"):
                body = ast.parse(code).body
                kept = [each for each in body if getattr(each, "name", "") not in others]
                if not any(isinstance(each, ast.FunctionDef) and each.name == name for each in kept):
                    continue
                names = {node.id for part in kept for node in ast.walk(part) if isinstance(node, ast.Name)}
                written = ast.unparse(ast.Module(body=kept, type_ignores=[]))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return Implementation(written, frozenset(names & others))
    return None


def combined(found: Mapping[str, Sequence[Implementation]], main: str) -> Iterator[str]:
    """Yield programs: a choice of one implementation of each function that the main one reaches.

    Those of the smallest numbers first, so that one slip costs few programs.
    """
    order = [name for component in components(found, main) for name in component]
    choices = [range(len(found[name])) for name in order]
    for total in range(sum(len(choice) - 1 for choice in choices) + 1):
        for picked in _summing_to(choices, total):
            yield "\n\n\n".join(found[name][number].code for name, number in zip(order, picked, strict=True))


def _summing_to(choices: Sequence[range], total: int) -> Iterator[tuple[int, ...]]:
    if not choices:
        if total == 0:
            yield ()
        return
    rest = sum(len(choice) - 1 for choice in choices[1:])
    for number in choices[0]:
        if number <= total <= number + rest:
            for others in _summing_to(choices[1:], total - number):
                yield (number, *others)


def components(found: Mapping[str, Sequence[Implementation]], main: str) -> list[list[str]]:
    """Return the strongly connected components that a function reaches, what is called before its callers.

    Two functions are connected where some implementation of one uses the other.
    """
    uses = {
        name: sorted({called for way in ways for called in way.calls if called in found})
        for name, ways in found.items()
    }
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    made: list[list[str]] = []

    def visit(name: str) -> None:
        numbers[name] = lowest[name] = len(numbers)
        stack.append(name)
        for called in uses[name]:
            if called not in numbers:
                visit(called)
                lowest[name] = min(lowest[name], lowest[called])
            elif called in stack:
                lowest[name] = min(lowest[name], numbers[called])
        if lowest[name] == numbers[name]:
            at = stack.index(name)
            made.append(sorted(stack[at:]))
            del stack[at:]

    visit(main)  # no deeper than a plan has functions
    return made
