"""The values that flow through an evaluation, one module a stage.

``Problem -> Prompt -> Completion -> Program -> Execution -> Verdict``. Every type is frozen and names
earlier stages by id (``task_id``, ``sample``), never by reference, so each stage can be run alone from the
file that the stage before it wrote.
"""

from codeeval.types.base import SCHEMA_VERSION, Value
from codeeval.types.completion import Completion, CompletionKind, FinishReason, Turn, Usage
from codeeval.types.execution import CaseResult, CaseStatus, Execution, StepResult, StepStatus
from codeeval.types.limits import LimitOptions
from codeeval.types.outcome import Outcome
from codeeval.types.problem import Problem
from codeeval.types.program import (
    TOKEN_PLACEHOLDER,
    Answer,
    Extraction,
    Forbidden,
    Limits,
    Mistake,
    Oracle,
    Program,
    SourceFile,
    Step,
    StepKind,
    StreamName,
    Study,
    Trait,
)
from codeeval.types.prompt import Effort, Message, Prompt, PromptStyle, Role, Sampling
from codeeval.types.verdict import Evidence, Grade, Match, Part, Said, Score, Verdict

__all__ = [
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
    "LimitOptions",
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
    "SCHEMA_VERSION",
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
    "TOKEN_PLACEHOLDER",
    "Trait",
    "Turn",
    "Usage",
    "Value",
    "Verdict",
]
