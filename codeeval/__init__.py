"""codeeval: measure how well language models write, translate, prove and mentally execute code.

::

    import codeeval

    with codeeval.Evaluator("humaneval") as evaluator:
        verdicts = evaluator.evaluate([("HumanEval/0", completion)])

The names in ``__all__`` are the public API: a change of their meaning or arguments is announced in the
changelog one minor version ahead. Each is loaded when it is first used, so ``import codeeval`` costs next to
nothing. All other modules may change.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codeeval.api.bundles import bundle, unbundle
    from codeeval.api.client import Client
    from codeeval.api.evidence import compare, export, gate, gate_history, import_run, leaderboard, report
    from codeeval.api.run import Run
    from codeeval.api.running import (
        aexecute_run,
        agenerate,
        arun,
        execute_run,
        generate,
        load_run,
        merge,
        run,
        score,
    )
    from codeeval.api.suites import SuiteResult, arun_suite, load_suite, run_suite, status
    from codeeval.errors import (
        CodeEvalError,
        DataError,
        ModelError,
        PluginError,
        SandboxError,
        StorageError,
        SuiteIncomplete,
        UnknownName,
        UsageError,
    )
    from codeeval.session.evaluator import Evaluator, Submission
    from codeeval.session.requests import ExecutionRequest, ExecutionResult
    from codeeval.session.sandbox import Sandbox, execute
    from codeeval.session.stateful import SandboxSession
    from codeeval.types import (
        Case,
        CaseResult,
        Checker,
        Comparison,
        Completion,
        CompletionKind,
        LimitOptions,
        Limits,
        Outcome,
        Problem,
        Program,
        Prompt,
        PromptStyle,
        Verdict,
    )
    from codeeval.viewer.running import view

__version__ = "0.2.0"

__all__ = [
    "aexecute_run",
    "agenerate",
    "arun",
    "arun_suite",
    "bundle",
    "Case",
    "CaseResult",
    "Checker",
    "Client",
    "CodeEvalError",
    "compare",
    "Comparison",
    "Completion",
    "CompletionKind",
    "DataError",
    "Evaluator",
    "execute",
    "execute_run",
    "ExecutionRequest",
    "ExecutionResult",
    "export",
    "gate",
    "gate_history",
    "generate",
    "import_run",
    "leaderboard",
    "LimitOptions",
    "Limits",
    "load_run",
    "load_suite",
    "merge",
    "ModelError",
    "Outcome",
    "PluginError",
    "Problem",
    "Program",
    "Prompt",
    "PromptStyle",
    "report",
    "Run",
    "run",
    "run_suite",
    "Sandbox",
    "SandboxError",
    "SandboxSession",
    "score",
    "status",
    "StorageError",
    "Submission",
    "SuiteIncomplete",
    "SuiteResult",
    "unbundle",
    "UnknownName",
    "UsageError",
    "Verdict",
    "view",
]

_MODULES = {
    "aexecute_run": "codeeval.api.running",
    "agenerate": "codeeval.api.running",
    "arun": "codeeval.api.running",
    "arun_suite": "codeeval.api.suites",
    "bundle": "codeeval.api.bundles",
    "Case": "codeeval.types",
    "CaseResult": "codeeval.types",
    "Checker": "codeeval.types",
    "Client": "codeeval.api.client",
    "CodeEvalError": "codeeval.errors",
    "compare": "codeeval.api.evidence",
    "Comparison": "codeeval.types",
    "Completion": "codeeval.types",
    "CompletionKind": "codeeval.types",
    "DataError": "codeeval.errors",
    "Evaluator": "codeeval.session.evaluator",
    "execute": "codeeval.session.sandbox",
    "execute_run": "codeeval.api.running",
    "ExecutionRequest": "codeeval.session.requests",
    "ExecutionResult": "codeeval.session.requests",
    "export": "codeeval.api.evidence",
    "gate": "codeeval.api.evidence",
    "gate_history": "codeeval.api.evidence",
    "generate": "codeeval.api.running",
    "import_run": "codeeval.api.evidence",
    "leaderboard": "codeeval.api.evidence",
    "LimitOptions": "codeeval.types",
    "Limits": "codeeval.types",
    "load_run": "codeeval.api.running",
    "load_suite": "codeeval.api.suites",
    "merge": "codeeval.api.running",
    "ModelError": "codeeval.errors",
    "Outcome": "codeeval.types",
    "PluginError": "codeeval.errors",
    "Problem": "codeeval.types",
    "Program": "codeeval.types",
    "Prompt": "codeeval.types",
    "PromptStyle": "codeeval.types",
    "report": "codeeval.api.evidence",
    "Run": "codeeval.api.run",
    "run": "codeeval.api.running",
    "run_suite": "codeeval.api.suites",
    "Sandbox": "codeeval.session.sandbox",
    "SandboxError": "codeeval.errors",
    "SandboxSession": "codeeval.session.stateful",
    "score": "codeeval.api.running",
    "status": "codeeval.api.suites",
    "StorageError": "codeeval.errors",
    "Submission": "codeeval.session.evaluator",
    "SuiteIncomplete": "codeeval.errors",
    "SuiteResult": "codeeval.api.suites",
    "unbundle": "codeeval.api.bundles",
    "UnknownName": "codeeval.errors",
    "UsageError": "codeeval.errors",
    "Verdict": "codeeval.types",
    "view": "codeeval.viewer.running",
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
