"""What a sandbox does with a program: steps, one class a kind, and their limits."""

from __future__ import annotations

import enum
from typing import ClassVar, Final, TypeAlias

from codeeval.types.base import Value

MEASURE: Final = "measure"
"""Name of the step of a part that decides on nothing: it prints a share, in whole percent."""


class StepKind(enum.StrEnum):
    """The kinds of steps; ``kind`` tags a step where it is encoded."""

    PYTHON = "python"
    COMMAND = "command"
    CALLS = "calls"
    SEALED = "sealed"
    UNITTEST = "unittest"
    PROOF = "proof"


class CommandMode(enum.StrEnum):
    """How a warm sandbox runs a command; a cold one, or an image without the tool, runs it as it stands."""

    PLAIN = "plain"
    """As a process of its own."""
    FORKED = "forked"
    """In a child forked from the image's warm interpreter, which the first word names."""
    SERVED = "served"
    """By the image's warm compiler, which the first word names."""


class StreamName(enum.StrEnum):
    """Where a program printed something."""

    STDOUT = "stdout"
    STDERR = "stderr"


class Limits(Value, frozen=True, kw_only=True):
    """What one step may use. A step past a limit is killed with everything it started."""

    cpu_s: float
    """CPU time of all the step's processes: the limit that decides, whatever the machine's load."""
    wall_s: float
    """Guard against programs that wait instead of computing."""
    memory_bytes: int = 1 << 30
    output_bytes: int | None = None
    """What each stream may take; a step that writes more is ended. None: as much as it likes, except where
    output decides (``Program.output_limit``); beyond 1 MiB its beginning and its end are kept."""
    strict: bool = False
    """Whether ``wall_s`` also counts the time in which a loaded machine gave the step no core."""


class Forbidden(Value, frozen=True, kw_only=True):
    """What a step that ended with status 0 may not have printed, or it counts as failed."""

    name: str
    """The rule, in a few words for the verdict."""
    stream: StreamName
    pattern: str
    """A regular expression that is searched for."""


class BaseStep(Value, frozen=True, kw_only=True, tag_field="kind"):
    """What all steps have."""

    name: str
    """``compile``, ``run``, ``prove`` or ``MEASURE``."""
    limits: Limits
    part: str = ""
    """Steps of one part run in order until one fails; other parts run, and are judged, all the same."""


class PythonStep(BaseStep, frozen=True, kw_only=True, tag=StepKind.PYTHON.value):
    """Executes files in one namespace, in a child forked from the warm interpreter."""

    kind: ClassVar[StepKind] = StepKind.PYTHON
    files: tuple[str, ...]
    """Paths: the first holds the candidate, the others its tests."""
    entry_point: str = ""
    """The name whose results the tests see through the equality guard."""
    script: bool = False
    """Whether the one file runs as ``python3 FILE`` would: as ``__main__``, ended by ``sys.exit`` as well as
    by the last line. Otherwise an exit before the tests have ended is INCOMPLETE."""
    arguments: tuple[str, ...] = ()
    """With ``script``: what stands in ``sys.argv`` after the name of the file."""


class UnittestStep(BaseStep, frozen=True, kw_only=True, tag=StepKind.UNITTEST.value):
    """Executes files as ``PythonStep``, then runs the unit tests that the last one defines."""

    kind: ClassVar[StepKind] = StepKind.UNITTEST
    files: tuple[str, ...]
    entry_point: str = ""
    tests: tuple[str, ...] = ()
    """Names of the tests that must report, as the benchmark reads them off the file. Stays on the host."""


class CallsStep(BaseStep, frozen=True, kw_only=True, tag=StepKind.CALLS.value):
    """Executes a Python file, calls a function with each of the given inputs, and returns the results."""

    kind: ClassVar[StepKind] = StepKind.CALLS
    program: str
    """Path of the file that defines the function."""
    prelude: str = ""
    """Path of a file of the benchmark's own that runs before it in the same namespace; empty for none. A warm
    sandbox imports once for all programs what the file imports first and is loaded anyway."""
    inputs: str
    """Path of the file that holds the inputs."""
    entry_point: str
    call_cpu_s: tuple[float, ...] = ()
    """CPU time that each call may use, one number for all of them or one a call; empty where only the
    step's limits count."""
    whole: bool = False
    """Whether long values come as they are, not as a digest: where the expected ones were never executed."""
    expected: str = ""
    """What the calls must return, one line a call. Stays on the host."""
    comparison: str = ""
    """What the benchmark's ``compare`` needs beside the values; its own business. Stays on the host."""


class SealedStep(BaseStep, frozen=True, kw_only=True, tag=StepKind.SEALED.value):
    """Executes a Python file in one process and the tests that call its function in another.

    What the function is given and returns are values: nothing else of either process reaches the other.
    """

    kind: ClassVar[StepKind] = StepKind.SEALED
    program: str
    """Path of the file that defines the function."""
    tests: tuple[str, ...]
    """Paths of the files that run in one namespace beside it, in which the function has its name."""
    entry_point: str


class CommandStep(BaseStep, frozen=True, kw_only=True, tag=StepKind.COMMAND.value):
    """Runs a command."""

    kind: ClassVar[StepKind] = StepKind.COMMAND
    argv: tuple[str, ...]
    cold_argv: tuple[str, ...] = ()
    """The plain command, where ``argv`` is a faster way to the same verdict; a cold sandbox runs it."""
    mode: CommandMode = CommandMode.PLAIN
    forbidden: tuple[Forbidden, ...] = ()
    """Rules by which what was printed fails the step. Stay on the host."""


class ProofStep(BaseStep, frozen=True, kw_only=True, tag=StepKind.PROOF.value):
    """Asks a proof assistant whether the candidate proves what it must; needs a prover's sandbox."""

    kind: ClassVar[StepKind] = StepKind.PROOF
    theorem: str
    """Name of what is to be proved."""
    file_name: str = ""
    """What the source file is called, where the assistant takes the module's name from it."""


Step: TypeAlias = PythonStep | UnittestStep | CallsStep | SealedStep | CommandStep | ProofStep
"""One action of the sandbox on a program."""
