"""Decides whether a candidate may pass: better, not worse, worse, or cannot tell.

``deciding`` holds the rule, ``gating`` applies it to runs, ``planning`` reads what is asked.
"""

from codeeval.gating.checks import (
    ALPHA,
    MAX_DROP,
    MAX_SANDBOX_ERRORS,
    METRIC,
    Absent,
    Answer,
    Check,
    CheckResult,
    Decision,
    Drop,
    Floor,
    GateResult,
    OfSuite,
    Plan,
    Thresholds,
    Tier,
)
from codeeval.gating.deciding import Evidence, conclude, decide, evidence, overall
from codeeval.gating.gating import gate
from codeeval.gating.history import PastGate, append_history, read_history
from codeeval.gating.planning import check_alpha, parse_drop, parse_least, read_plan, require_question
from codeeval.gating.values import main_metric, paired_by_name, parse_metric, values_of

__all__ = [
    "ALPHA",
    "MAX_DROP",
    "MAX_SANDBOX_ERRORS",
    "METRIC",
    "Absent",
    "Answer",
    "Check",
    "CheckResult",
    "Decision",
    "Drop",
    "Evidence",
    "Floor",
    "GateResult",
    "OfSuite",
    "PastGate",
    "Plan",
    "Thresholds",
    "Tier",
    "append_history",
    "check_alpha",
    "conclude",
    "decide",
    "evidence",
    "gate",
    "main_metric",
    "overall",
    "paired_by_name",
    "parse_drop",
    "parse_least",
    "parse_metric",
    "read_history",
    "read_plan",
    "require_question",
    "values_of",
]
