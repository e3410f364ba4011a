"""What an execution means: ``(Program, Execution) -> Verdict``."""

from codeeval.judging.cases import rejects
from codeeval.judging.checking import accepts, checker_program, interactor_program
from codeeval.judging.comparisons import COMPARISONS, compare_output
from codeeval.judging.conclusion import COMPILE
from codeeval.judging.evidence import DETAIL_CHARS, ended_badly
from codeeval.judging.graded import has_answer, judge_answers
from codeeval.judging.judge import STREAM_TAIL_CHARS, exception_class, judge, rejudge

__all__ = [
    "COMPARISONS",
    "COMPILE",
    "DETAIL_CHARS",
    "STREAM_TAIL_CHARS",
    "accepts",
    "checker_program",
    "compare_output",
    "ended_badly",
    "exception_class",
    "has_answer",
    "interactor_program",
    "judge",
    "judge_answers",
    "rejects",
    "rejudge",
]
