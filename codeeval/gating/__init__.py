"""Decides whether a candidate may pass: better, not worse, worse, or cannot tell.

``deciding`` holds the rule, ``gating`` applies it to runs, ``planning`` reads what is asked.
"""

from codeeval.gating.checks import (
    ALPHA,
    MAX_DROP,
    MAX_SANDBOX_ERRORS,
    METRIC,
    Check,
    CheckResult,
    Decision,
    Drop,
    Floor,
    GateResult,
    Plan,
)
from codeeval.gating.deciding import Evidence, decide, evidence, overall
from codeeval.gating.gating import gate, parse_metric
from codeeval.gating.planning import check_alpha, parse_drop, parse_least, read_plan, require_question

__all__ = [
    "ALPHA",
    "MAX_DROP",
    "MAX_SANDBOX_ERRORS",
    "METRIC",
    "Check",
    "CheckResult",
    "Decision",
    "Drop",
    "Evidence",
    "Floor",
    "GateResult",
    "Plan",
    "check_alpha",
    "decide",
    "evidence",
    "gate",
    "overall",
    "parse_drop",
    "parse_least",
    "parse_metric",
    "read_plan",
    "require_question",
]
