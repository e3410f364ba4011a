"""A run as one of several parts, for any scheduler: its tasks are every N-th of the whole run's."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORM: Final = re.compile(r"(\d{1,6})/(\d{1,6})")


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a whole run a run is."""

    number: int
    """From 1."""
    of: int
    """Shards in all."""
    plan_sha256: str
    """Hash of the whole run's plan: tasks and samples of each."""
    places: dict[str, int]
    """Task id -> its place in the whole run's plan."""

    @property
    def name(self) -> str:
        """As it is written on the command line."""
        return f"{self.number}/{self.of}"


def parse_shard(text: str) -> tuple[int, int]:
    """Read ``3/16``: the third of sixteen.

    Raises:
        UsageError: it is not of this form, or there is no such shard.
    """
    match = _FORM.fullmatch(text.strip())
    number, of = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= number <= of:
        raise UsageError(f"no shard: {text!r}", "Write --shard I/N with I from 1 to N, for example 3/16.")
    return number, of


def shard_plan(plan: Mapping[str, int], number: int, of: int) -> tuple[dict[str, int], Shard]:
    """Take a shard's tasks out of a whole run's plan: those at the places ``number - 1``, ``+ of``, ...

    Raises:
        UsageError: there are fewer tasks than shards.
    """
    if of > len(plan):
        raise UsageError(
            f"{of} shards of {len(plan)} tasks: some would have none", f"Use at most {len(plan)} shards."
        )
    places = {task: place for place, task in enumerate(plan) if place % of == number - 1}
    text = msgspec.json.encode(list(plan.items()))
    shard = Shard(number=number, of=of, plan_sha256=hashlib.sha256(text).hexdigest(), places=places)
    return {task: plan[task] for task in places}, shard


def grown(there: Shard | None, here: Shard | None, *, plan_grew: bool) -> Shard | None:
    """Return the shard of a run that goes on with a plan that may have grown."""
    if there is None or here is None:
        return there
    whole = here if plan_grew else there
    return msgspec.structs.replace(whole, places=there.places | here.places)
