"""The states and kinds that a stage's values hold, as enums; ``types`` has them all."""

from __future__ import annotations

import enum


class Role(enum.StrEnum):
    """Who speaks in a chat message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class PromptStyle(enum.StrEnum):
    """How a model is asked: continue a text (base model) or answer a conversation (chat model)."""

    BASE = "base"
    CHAT = "chat"


class CompletionKind(enum.StrEnum):
    """What a completion's text is, which decides how a program is made of it."""

    CONTINUATION = "continuation"
    """The text that follows the prompt; the official assembly is prompt + text."""
    ANSWER = "answer"
    """A chat model's free-form reply, from which code must be extracted."""
    SOLUTION = "solution"
    """A complete program, graded as it is."""


class FinishReason(enum.StrEnum):
    """Why a model stopped."""

    STOP = "stop"
    LENGTH = "length"
    FILTERED = "filtered"
    OVERFLOW = "overflow"
    """The prompt is longer than the model's context: nothing was written."""
    UNKNOWN = "unknown"


class Effort(enum.StrEnum):
    """How much a reasoning model is asked to think, in the words of the APIs that take words."""

    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Honoured(enum.StrEnum):
    """Whether a model backend does what a sampling setting asks for."""

    YES = "yes"
    NO = "no"
    WORKED_AROUND = "worked around"
    """Not by the backend, but codeeval sees to it: samples one by one, texts cut at stop sequences."""
    UNKNOWN = "unknown"
    """It is asked for, and nothing says whether it is done."""


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


class StepStatus(enum.StrEnum):
    """How a step ended, as the runner saw it; says nothing yet about right or wrong."""

    EXITED = "exited"
    SIGNALED = "signaled"
    CPU_LIMIT = "cpu_limit"
    WALL_LIMIT = "wall_limit"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"


class StreamName(enum.StrEnum):
    """Where a program printed something."""

    STDOUT = "stdout"
    STDERR = "stderr"


class Said(enum.StrEnum):
    """What a failed command's own words make of the failure; see ``languages.Marks``."""

    NOTHING = ""
    SYNTAX = "syntax"
    MEMORY = "memory"
    ASSERTION = "assertion"


class CaseStatus(enum.StrEnum):
    """How one unit test ended."""

    OK = "ok"
    FAIL = "fail"
    """An assertion did not hold."""
    ERROR = "error"
    SKIPPED = "skipped"
    EXPECTED_FAILURE = "expected failure"
    UNEXPECTED_SUCCESS = "unexpected success"
    LOST = "lost"
    """It began, but how it ended was not told."""


class Outcome(enum.StrEnum):
    """The verdict classes. Only ``SANDBOX_ERROR`` is never the model's doing."""

    PASSED = "PASSED"
    WRONG_ANSWER = "WRONG_ANSWER"
    RUNTIME_ERROR = "RUNTIME_ERROR"
    COMPILE_ERROR = "COMPILE_ERROR"
    TIMEOUT = "TIMEOUT"
    MEMORY_LIMIT = "MEMORY_LIMIT"
    OUTPUT_LIMIT = "OUTPUT_LIMIT"
    NO_CODE = "NO_CODE"
    INCOMPLETE = "INCOMPLETE"
    SANDBOX_ERROR = "SANDBOX_ERROR"


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
