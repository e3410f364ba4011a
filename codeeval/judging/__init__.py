"""What an execution means: ``(Program, Execution) -> Verdict``."""

from codeeval.judging.cases import rejects
from codeeval.judging.checking import checker_program
from codeeval.judging.comparisons import COMPARISONS, compare_output
from codeeval.judging.conclusion import COMPILE
from codeeval.judging.evidence import DETAIL_CHARS
from codeeval.judging.graded import has_answer, judge_answers
from codeeval.judging.judge import STREAM_TAIL_CHARS, exception_class, judge, rejudge

__all__ = [
    "COMPARISONS",
    "COMPILE",
    "DETAIL_CHARS",
    "STREAM_TAIL_CHARS",
    "checker_program",
    "compare_output",
    "exception_class",
    "has_answer",
    "judge",
    "judge_answers",
    "rejects",
    "rejudge",
]
