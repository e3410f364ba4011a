"""codeeval: measure how well language models write, translate, prove and mentally execute code.

::

    import codeeval

    with codeeval.Evaluator("humaneval") as evaluator:
        verdicts = evaluator.evaluate([("HumanEval/0", completion)])

The names in ``__all__`` are the public API: until 2.0 they keep their meaning and their arguments. Each is
loaded when it is first used, so ``import codeeval`` costs next to nothing. All other modules may change.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codeeval.errors import (
        CodeEvalError,
        DataError,
        ModelError,
        SandboxError,
        StorageError,
        UnknownName,
        UsageError,
    )
    from codeeval.session.evaluator import Evaluator, Submission
    from codeeval.types import (
        Completion,
        CompletionKind,
        Limits,
        Outcome,
        Problem,
        Program,
        Prompt,
        PromptStyle,
        Verdict,
    )

__version__ = "0.1.0"

__all__ = [
    "CodeEvalError",
    "Completion",
    "CompletionKind",
    "DataError",
    "Evaluator",
    "Limits",
    "ModelError",
    "Outcome",
    "Problem",
    "Program",
    "Prompt",
    "PromptStyle",
    "SandboxError",
    "StorageError",
    "Submission",
    "UnknownName",
    "UsageError",
    "Verdict",
]

_MODULES = {
    "CodeEvalError": "codeeval.errors",
    "Completion": "codeeval.types",
    "CompletionKind": "codeeval.types",
    "DataError": "codeeval.errors",
    "Evaluator": "codeeval.session.evaluator",
    "Limits": "codeeval.types",
    "ModelError": "codeeval.errors",
    "Outcome": "codeeval.types",
    "Problem": "codeeval.types",
    "Program": "codeeval.types",
    "Prompt": "codeeval.types",
    "PromptStyle": "codeeval.types",
    "SandboxError": "codeeval.errors",
    "StorageError": "codeeval.errors",
    "Submission": "codeeval.session.evaluator",
    "UnknownName": "codeeval.errors",
    "UsageError": "codeeval.errors",
    "Verdict": "codeeval.types",
}
"""Where each name of the public API is defined; the imports above tell type checkers the same."""


def __getattr__(name: str) -> object:
    """Load a name of the public API (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module 'codeeval' has no attribute {name!r}")
    import importlib  # noqa: PLC0415 -- importing codeeval loads nothing

    value: object = getattr(importlib.import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
