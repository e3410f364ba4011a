"""The values that flow through an evaluation, one type a stage.

``Problem -> Prompt -> Completion -> Program -> Execution -> Verdict``. Every type is frozen and
names earlier stages by id (``task_id``, ``sample``), never by reference, so each stage can be run
alone from the file that the stage before it wrote.
"""

from __future__ import annotations

import msgspec

from codeeval.grades import Answer, Grade, Score, Study
from codeeval.states import (
    CaseStatus,
    CompletionKind,
    Effort,
    FinishReason,
    Honoured,
    Mistake,
    Oracle,
    Outcome,
    PromptStyle,
    Role,
    Said,
    StepKind,
    StepStatus,
    StreamName,
)

__all__ = [
    "SCHEMA_VERSION",
    "TOKEN_PLACEHOLDER",
    "Answer",
    "CaseResult",
    "CaseStatus",
    "Completion",
    "CompletionKind",
    "Effort",
    "Evidence",
    "Execution",
    "Extraction",
    "FinishReason",
    "Forbidden",
    "Grade",
    "Honoured",
    "Limits",
    "Match",
    "Message",
    "Mistake",
    "Oracle",
    "Outcome",
    "Part",
    "Problem",
    "Program",
    "Prompt",
    "PromptStyle",
    "Role",
    "Said",
    "Sampling",
    "Score",
    "SourceFile",
    "Step",
    "StepKind",
    "StepResult",
    "StepStatus",
    "StreamName",
    "Study",
    "Turn",
    "Usage",
    "Value",
    "Verdict",
]

SCHEMA_VERSION = 1

TOKEN_PLACEHOLDER = "@@codeeval-completion-token@@"  # noqa: S105 -- the mark, not the token
"""Replaced in a program's files, for each execution, by the token that proves its tests ended."""


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all stage values: immutable, compared by content, encoded without default fields."""


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
    setup: str = ""
    """Code that the tests need before them (MBPP ``test_setup_code`` or ``test_imports``)."""
    language: str = "python"
    stop: tuple[str, ...] = ()
    """Where a base model has left the solution, if the dataset says so for each task."""
    groups: tuple[str, ...] = ()
    """Named subsets that the task belongs to; each is reported beside the whole."""


class Message(Value, frozen=True, kw_only=True):
    """One turn of a chat prompt."""

    role: Role
    content: str


class Prompt(Value, frozen=True, kw_only=True):
    """A rendered problem. ``text`` is used by base style, ``messages`` by chat style."""

    task_id: str
    style: PromptStyle
    template_hash: str
    """SHA-256 of the template's source, hex."""
    text: str = ""
    messages: tuple[Message, ...] = ()
    prefill: str = ""
    """Start of the assistant's turn, for backends that can continue it."""
    stop: tuple[str, ...] = ()


class Sampling(Value, frozen=True, kw_only=True):
    """How completions are drawn. ``seed`` + sample index makes one sample reproducible."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 1024
    seed: int | None = None
    stop: tuple[str, ...] = ()
    reasoning_tokens: int | None = None
    """Most tokens of reasoning before the answer, beside ``max_tokens``; None leaves it to the model."""
    reasoning_effort: Effort | None = None
    """The same in words; None leaves it to the model."""


class Usage(Value, frozen=True, kw_only=True):
    """Tokens and time that one completion cost (a request's cost is shared by its samples)."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    """Those of ``completion_tokens`` that are reasoning; 0 where nothing says how many."""
    latency_s: float = 0.0
    first_token_s: float | None = None
    """Time to the first token, where the answer was streamed."""
    cached: bool = False
    """Whether the completion came from the completion cache: it cost nothing now."""
    batch: bool = False
    """Whether it was drawn through a provider's batch API, which has a price of its own."""
    draws: int = 1
    """Times that the model was asked; more than one where a strategy made the sample."""
    extra_prompt_tokens: int = 0
    extra_completion_tokens: int = 0
    """Of the tokens above, those of draws that are not the sample's answer."""


class Turn(Value, frozen=True, kw_only=True):
    """One draw of a strategy on the way to a sample."""

    step: str
    """What it was for: ``draw``, ``repair 1``, ``plan 2`` ..."""
    asked: str = ""
    """What the model was told in place of the benchmark's prompt, or beyond it; empty for that prompt."""
    text: str = ""
    """What it wrote; empty where ``kept``, for then it is the completion's text."""
    kept: bool = False
    """Whether this became the sample's answer."""
    finish_reason: FinishReason = FinishReason.UNKNOWN
    usage: Usage = Usage()
    tried: Outcome | None = None
    """What its program came to on the examples that the prompt shows; None where it was not executed."""
    passed: int = 0
    """Examples passed ..."""
    examples: int = 0
    """... of so many."""
    detail: str = ""
    """What went wrong, in a few words."""


class Completion(Value, frozen=True, kw_only=True):
    """One sample of a model, raw."""

    task_id: str
    sample: int
    """Index of the sample within its task, from 0."""
    text: str
    kind: CompletionKind
    reasoning: str = ""
    """What a reasoning model wrote before its answer; no part of ``text``, and never extracted from."""
    finish_reason: FinishReason = FinishReason.UNKNOWN
    usage: Usage = Usage()
    score: float | None = None
    """What chooses among the samples of a task, higher is better: say a reward model's."""
    trace: tuple[Turn, ...] = ()
    """How a strategy came to it, draw by draw; empty where it was drawn once and kept."""


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


class CaseResult(Value, frozen=True, kw_only=True):
    """How one unit test of a UNITTEST step ended."""

    name: str
    status: CaseStatus
    trace: str = ""
    """End of the traceback, or the reason of a skip."""


class StepResult(Value, frozen=True, kw_only=True):
    """What the runner measured of one step."""

    name: str
    status: StepStatus
    exit_code: int = 0
    """Exit status where ``status`` is EXITED."""
    signal: int = 0
    """Number of the signal that ended the step, or 0."""
    stdout: str = ""
    stderr: str = ""
    completed: bool = False
    """Whether the execution's token arrived on the private descriptor."""
    report: str = ""
    """What else arrived there: the interpreter's own account of how a PYTHON step failed."""
    tests: tuple[CaseResult, ...] = ()
    """UNITTEST steps that completed: each test that ran, in order."""
    values: str = ""
    """CALLS steps: what the calls returned, one line a call."""
    slow_calls: tuple[tuple[int, float], ...] = ()
    """CALLS steps: number, from 0, and CPU seconds of each call that took long."""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_rss_bytes: int = 0


class Execution(Value, frozen=True, kw_only=True):
    """A program's run in a sandbox. ``error`` is set iff the sandbox, not the program, failed."""

    task_id: str
    sample: int
    steps: tuple[StepResult, ...] = ()
    error: str = ""
    final: bool = False
    """Whether trying again is of no use: the fault lies in the problem or in what this tool can judge."""


class Evidence(Value, frozen=True, kw_only=True):
    """What one part's verdict was concluded from, so that it can be concluded again without executing."""

    part: str = ""
    oracle: Oracle = Oracle.COMPLETED
    missing: bool = False
    """Whether the sandbox stopped before the part's last step though none had failed."""
    kind: StepKind
    limits: Limits
    last: StepResult
    """The last step that ran, without its streams."""
    matched: bool = False
    """Whether what the oracle compares on the host was as expected."""
    difference: str = ""
    """CALLS steps: the first call that returned something else than expected, shortened."""
    said: Said = Said.NOTHING
    """Commands that failed: what their words make of it."""
    words: str = ""
    """Commands that failed: the line of what they printed that tells most, shortened."""
    refuted: str = ""
    """The rule of ``Step.forbidden`` that what was printed broke."""
    cumulative: bool = False
    """Whether the part passes only if those before it do."""


class Match(Value, frozen=True, kw_only=True):
    """What a benchmark's comparison says of a step's values."""

    matched: bool
    """Whether every call returned what it must."""
    difference: str = ""
    """The first that did not, in words; empty where what there is matches but some is missing."""


class Part(Value, frozen=True, kw_only=True):
    """The judgement on one part of a sample: one of several scores that an execution decides on."""

    name: str
    outcome: Outcome
    detail: str = ""


class Verdict(Value, frozen=True, kw_only=True):
    """The judgement on one sample; one line of ``verdicts.jsonl``."""

    task_id: str
    sample: int
    outcome: Outcome
    detail: str
    rule: str
    """The extraction rule that made the program."""
    wall_s: float
    cpu_s: float
    peak_rss_bytes: int
    compile_s: float = 0.0
    """Of ``wall_s``, what compiling took."""
    attempts: int = 1
    """Executions that it took: more than one after a sandbox error or a timeout re-run alone."""
    stdout: str = ""
    stderr: str = ""
    """Ends of the last step's streams, for ``codeeval show``."""
    study: Study = Study()
    parts: tuple[Part, ...] = ()
    """Where the benchmark has several scores, the judgement on each; ``outcome`` is its main one."""
    evidence: tuple[Evidence, ...] = ()
    """One a part; empty where nothing was executed."""
    scores: tuple[Score, ...] = ()
    """With ``Oracle.ANSWER``: what each scorer gave, the main one first; ``outcome`` follows from it."""
