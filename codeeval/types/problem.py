"""One task of a benchmark."""

from __future__ import annotations

from typing import TypeVar

from codeeval.errors import UsageError
from codeeval.types.base import Value


class ProblemPayload(Value, frozen=True, kw_only=True):
    """What a benchmark needs to know of its own problems beyond ``Problem``: each has a subclass for it."""


_Payload = TypeVar("_Payload", bound=ProblemPayload)


class Problem(Value, frozen=True, kw_only=True):
    """One task of a benchmark, as its dataset states it."""

    task_id: str
    prompt: str
    """What the model is shown: a function head with docstring, or a task in words."""
    follow_up: str = ""
    """A second problem in the same prompt, to be solved by calling the solution of the first."""
    entry_point: str
    reference: str
    """The canonical solution, in the dataset's own form (HumanEval: the body; MBPP: the program)."""
    tests: tuple[str, ...]
    """Source of the tests; empty where something else decides."""
    setup: str = ""
    """Code that the tests need before them (MBPP ``test_setup_code`` or ``test_imports``)."""
    language: str = "python"
    stop: tuple[str, ...] = ()
    """Where a base model has left the solution, if the dataset says so for each task."""
    groups: tuple[str, ...] = ()
    """Named subsets that the task belongs to; each is reported beside the whole."""
    payload: ProblemPayload | None = None
    """The benchmark's own; nobody else looks at it."""

    def payload_of(self, kind: type[_Payload]) -> _Payload:
        """Return the payload, which is of this kind.

        Raises:
            UsageError: another benchmark made the problem.
        """
        if not isinstance(self.payload, kind):
            raise UsageError(f"{self.task_id} is no task of this benchmark", "Pass what load() returned.")
        return self.payload
