"""Messages between the driver and the actor of a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from codeeval.types import Execution, Program

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future


class Order(msgspec.Struct, frozen=True, array_like=True):
    """A program to execute."""

    number: int
    """The driver's own; the answer has it too."""
    program: Program
    alone: bool = False
    """Whether no other program may run on the node meanwhile."""


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """Programs for one node."""

    orders: tuple[Order, ...]
    generation: int = 0
    """Of sandboxes: programs of a later one run nowhere where those of an earlier one have run."""


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What became of an order."""

    number: int
    execution: Execution


class Refusal(msgspec.Struct, frozen=True):
    """Why something cannot be done on a node."""

    message: str
    remedy: str = ""


class NodeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a node executes with."""

    version: str
    """codeeval's."""
    launcher: str
    description: dict[str, str]
    """As ``SandboxLauncher.describe``."""
    toolchain: dict[str, str]
    missing: dict[str, Refusal] = {}
    """Of several images, those that cannot be used there."""
    computation_s: float = 0.0
    """CPU time that a fixed computation takes there."""


class NodePool(Protocol):
    """What executes programs on a node."""

    def submit(self, program: Program) -> Future[Execution]:
        """Execute; a fault of the sandbox is in the execution's ``error``."""
        ...

    def submit_alone(self, program: Program) -> Future[Execution]:
        """Execute while no other program does."""
        ...

    def renew(self) -> None:
        """Let nothing that is submitted from now on run where something has run before."""
        ...


class OpenNode(NamedTuple):
    """The sandboxes of a node."""

    pool: NodePool
    report: NodeReport
    close: Callable[[], None]


def pack(batch: Batch) -> bytes | Batch:
    """Encode programs; those with lone surrogates, which UTF-8 cannot hold, stay as they are."""
    try:
        return msgspec.msgpack.encode(batch)
    except UnicodeEncodeError:
        return batch


def unpack(packed: bytes | Batch) -> Batch:
    """Read what ``pack`` made."""
    return msgspec.msgpack.decode(packed, type=Batch) if isinstance(packed, bytes) else packed


def pack_answers(answers: tuple[Answer, ...]) -> bytes | tuple[Answer, ...]:
    """Encode answers, as ``pack``."""
    try:
        return msgspec.msgpack.encode(answers)
    except UnicodeEncodeError:
        return answers


def unpack_answers(packed: bytes | tuple[Answer, ...]) -> tuple[Answer, ...]:
    """Read what ``pack_answers`` made."""
    return msgspec.msgpack.decode(packed, type=tuple[Answer, ...]) if isinstance(packed, bytes) else packed
