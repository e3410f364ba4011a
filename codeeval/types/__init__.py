"""The values that flow through an evaluation, one module a stage.

``Problem -> Prompt -> Completion -> Program -> Execution -> Verdict``. Every type is frozen and names
earlier stages by id (``task_id``, ``sample``), never by reference, so each stage can be run alone from the
file that the stage before it wrote.
"""

from codeeval.types.base import SCHEMA_VERSION, Value
from codeeval.types.case import Case, Checker, CheckerForm, Comparison
from codeeval.types.completion import Completion, CompletionKind, CompletionOrigin, FinishReason, Turn, Usage
from codeeval.types.execution import (
    Execution,
    Interaction,
    StepResult,
    StepStatus,
    UnitTestResult,
    UnitTestStatus,
)
from codeeval.types.grading import Accepts, Aggregation, CaseGroup
from codeeval.types.limits import LimitOptions
from codeeval.types.outcome import Outcome
from codeeval.types.problem import Problem, ProblemPayload
from codeeval.types.program import (
    COMPARED_BYTES,
    TOKEN_PLACEHOLDER,
    Answer,
    Mistake,
    Oracle,
    Program,
    Study,
    Trait,
    WorkFolder,
)
from codeeval.types.prompt import Effort, Message, Prompt, PromptStyle, Role, Sampling
from codeeval.types.source import Candidate, DataFile, Extraction, SourceFile
from codeeval.types.step import (
    MEASURE,
    CallsStep,
    CommandMode,
    CommandStep,
    Forbidden,
    Limits,
    ProofStep,
    PythonStep,
    SealedStep,
    Step,
    StepKind,
    StreamName,
    UnittestStep,
)
from codeeval.types.verdict import CaseResult, Evidence, Grade, Hint, Match, Part, Score, Verdict

__all__ = [
    "MEASURE",
    "COMPARED_BYTES",
    "Accepts",
    "Aggregation",
    "Answer",
    "CallsStep",
    "Case",
    "CaseGroup",
    "CaseResult",
    "Checker",
    "CheckerForm",
    "CommandMode",
    "CommandStep",
    "Comparison",
    "Completion",
    "CompletionKind",
    "CompletionOrigin",
    "DataFile",
    "Effort",
    "Evidence",
    "Execution",
    "Candidate",
    "Extraction",
    "FinishReason",
    "Forbidden",
    "Grade",
    "Hint",
    "Interaction",
    "LimitOptions",
    "Limits",
    "Match",
    "Message",
    "Mistake",
    "Oracle",
    "Outcome",
    "Part",
    "Problem",
    "ProblemPayload",
    "Program",
    "Prompt",
    "PromptStyle",
    "ProofStep",
    "PythonStep",
    "SealedStep",
    "Role",
    "Sampling",
    "SCHEMA_VERSION",
    "Score",
    "SourceFile",
    "Step",
    "StepKind",
    "StepResult",
    "StepStatus",
    "StreamName",
    "Study",
    "TOKEN_PLACEHOLDER",
    "Trait",
    "Turn",
    "UnitTestResult",
    "UnitTestStatus",
    "UnittestStep",
    "Usage",
    "Value",
    "Verdict",
    "WorkFolder",
]
