"""What a sandbox executes and a judge decides on, without the dataset."""

from __future__ import annotations

import enum

import msgspec

from codeeval.types.base import Value

TOKEN_PLACEHOLDER = "@@codeeval-completion-token@@"  # noqa: S105 -- the mark, not the token
"""Replaced in a program's files, for each execution, by the token that proves its tests ended."""


class StepKind(enum.StrEnum):
    """How the runner performs a step."""

    PYTHON = "python"
    """Execute the files of ``argv`` in one namespace, in a child forked from the warm interpreter."""
    COMMAND = "command"
    """Run ``argv`` as a command."""
    CALLS = "calls"
    """Execute the first file of ``argv``, then call ``entry_point`` with each of the inputs that the second
    holds, and send back what the calls returned."""
    UNITTEST = "unittest"
    """As PYTHON, then run the test cases that the last file defines, and report on each."""
    FORKED = "forked"
    """Run ``argv`` as the image's warm interpreter of that name would, in a child forked from it."""
    SERVED = "served"
    """Have the image's warm compiler of that name do ``argv``. FORKED and SERVED steps are COMMANDs where
    the sandbox is cold or the image has no such tool."""
    PROOF = "proof"
    """Ask a proof assistant, on the host's side of the sandbox, whether the candidate proves what it must."""


class StreamName(enum.StrEnum):
    """Where a program printed something."""

    STDOUT = "stdout"
    STDERR = "stderr"


class Oracle(enum.StrEnum):
    """Which rule of ``judging`` decides whether an execution that ended well is right."""

    COMPLETED = "completed"
    """The program carries its own tests: passed iff its completion token was written."""
    STDOUT = "stdout"
    """Passed iff standard output equals ``Program.expected`` (trailing white space ignored)."""
    VALUES = "values"
    """Passed iff what the calls returned is right by the benchmark's comparison (CALLS steps)."""
    TESTS = "tests"
    """Passed iff completed, at least one unit test ran, and every one that ran is ok (UNITTEST steps)."""
    ANSWER = "answer"
    """Nothing is executed: the benchmark grades ``Program.answers``; passed iff the main score is 1."""


class Mistake(enum.StrEnum):
    """What is wrong with a wrong prediction of what a program prints or returns."""

    NONE = ""
    """Nothing is known: the sample is right, or no prediction."""
    OVERFLOW = "prompt too long"
    """The prompt does not fit into the model's context."""
    EMPTY = "empty"
    """The model wrote nothing."""
    REFUSED = "refused"
    """It says that it cannot or will not."""
    TRUNCATED = "cut off"
    """Its tokens ended before the answer did."""
    FORMAT = "format"
    """No answer in the form that was asked for."""
    LAYOUT = "layout"
    """Right but for white space, case, or quotes around it."""
    ONE_TOKEN = "one token"  # noqa: S105 -- of a text
    """Right but for one token that is wrong, missing or too many."""
    PARTIAL = "partial"
    """A right beginning, or some lines that are right."""
    COMPUTED = "computed wrong"
    """An answer in the right form that is none of the above."""


class Trait(msgspec.Struct, frozen=True, kw_only=True):
    """A measure of a task that accuracy is shown against."""

    name: str
    """One of ``metrics.study.SCALES``."""
    value: float


class Study(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the accuracy of predictions is broken down by."""

    mistake: Mistake = Mistake.NONE
    """What is wrong with the prediction, should the outcome be that it is wrong."""
    traits: tuple[Trait, ...] = ()
    """Of the task: the length of its program, and how long that runs where it is known."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one scorer takes a completion's answer to be, and how it decides on it."""

    scorer: str
    """One of ``Scoring.scores``."""
    metric: str
    """Name of the benchmark's function that compares the answer with ``Program.expected``."""
    rule: str
    """Name of the extraction rule that fired, ``none`` where no answer was found."""
    texts: tuple[str, ...] = ()
    """The answer; where it can be read in several ways all of them, of which the best counts."""


class SourceFile(Value, frozen=True, kw_only=True):
    """A file of a program, relative to its work directory."""

    path: str
    content: str


class Limits(Value, frozen=True, kw_only=True):
    """What one step may use. A step past a limit is killed with everything it started."""

    cpu_s: float
    """CPU time of all the step's processes: the limit that decides, whatever the machine's load."""
    wall_s: float
    """Guard against programs that wait instead of computing."""
    memory_bytes: int = 1 << 30
    output_bytes: int = 1 << 20
    """Cap of each captured stream; a step that writes more is ended."""


class Forbidden(Value, frozen=True, kw_only=True):
    """What a step that ended with status 0 may not have printed, or it counts as failed."""

    name: str
    """The rule, in a few words for the verdict."""
    stream: StreamName
    pattern: str
    """A regular expression that is searched for."""


class Step(Value, frozen=True, kw_only=True):
    """One action of the runner on a program."""

    name: str
    """``compile`` or ``run``."""
    kind: StepKind
    argv: tuple[str, ...]
    cold_argv: tuple[str, ...] = ()
    """The plain command, where ``argv`` is a faster way to the same verdict; a cold sandbox runs it."""
    limits: Limits
    entry_point: str = ""
    """PYTHON steps: the name whose results the tests see through the equality guard."""
    part: str = ""
    """Steps of one part run in order until one fails; other parts run, and are judged, all the same."""
    call_cpu_s: tuple[float, ...] = ()
    """CALLS steps: CPU time that each call may use, one number for all of them or one a call; empty where
    only the step's limits count."""
    expected: str = ""
    """CALLS steps: what the calls must return, one line a call. Stays on the host."""
    forbidden: tuple[Forbidden, ...] = ()
    """Rules by which what was printed fails the step. Stay on the host."""
    comparison: str = ""
    """CALLS steps: what the benchmark's ``compare`` needs to know beside the values; its own business."""


class Extraction(Value, frozen=True, kw_only=True):
    """Where a program's code came from."""

    rule: str
    """Name of the rule that fired, ``none`` where no code was found."""
    code: str = ""


class Program(Value, frozen=True, kw_only=True):
    """All that a sandbox and a judge need to decide on one sample, without the dataset."""

    task_id: str
    sample: int
    language: str
    image: str
    """Name of the image in ``containers/images.toml``."""
    extraction: Extraction
    files: tuple[SourceFile, ...] = ()
    steps: tuple[Step, ...] = ()
    """Empty where nothing is executed: no code was found (NO_CODE), or there are ``answers`` to grade."""
    stdin: str = ""
    study: Study = Study()
    """What accuracy is broken down by, where the program decides on a prediction."""
    oracle: Oracle = Oracle.COMPLETED
    expected: str = ""
    cumulative: bool = False
    """Whether a part passes only if those before it do; then the last part is the main one."""
    answers: tuple[Answer, ...] = ()
    """With ``Oracle.ANSWER``: what each scorer takes the answer to be, the main one first."""
