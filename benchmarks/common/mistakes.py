"""What is wrong with a wrong prediction: categories by rules, each a function of its own.

The rules look at the text and never at a scorer's verdict, so they describe what a mistake looks like, not
whether there is one. SURGE's paper sorts mistakes by hand; these kinds are those that can be recognised.
"""

from __future__ import annotations

import itertools
import re
from typing import Final, assert_never

from codeeval.types import Completion, FinishReason, Mistake

LOOKED_AT_CHARS: Final = 1 << 16
"""Of an answer and of what is expected; a comparison of longer ones would cost more than it is worth."""
REFUSAL_CHARS: Final = 400
"""Where a refusal is looked for: at the beginning."""
END_CHARS: Final = 100
"""Of an answer, by which the end of a text is known."""
SHORTEST: Final = 3
"""Fewest tokens of what is expected for one wrong token, or a right beginning, to mean anything."""

_REFUSAL: Final = re.compile(
    r"\b(?:I|we)(?:['\u2019]m| am| are)? (?:sorry|unable|not able|apologi[sz]e)"
    r"|\b(?:I|we) (?:can(?:no|['\u2019])t|can not|won['\u2019]t|will not) "
    r"(?:execute|run|help|assist|provide|predict|determine|compute|simulate|complete|do|fulfil)"
    r"|\b(?:as an|I['\u2019]m an|I am an) (?:AI|language model)",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\w+|[^\w\s]")
_QUOTES: Final = "\"'`"


def mistake(completion: Completion, answer: str | None, expected: str | None) -> Mistake:
    """Describe what is wrong with a prediction, should it be wrong.

    Args:
        completion: what the model wrote, and why it stopped.
        answer: what was taken for its answer; None where there is none in the form asked for.
        expected: the right answer; None where there are several, so that nothing is compared.
    """
    match completion.finish_reason:
        case FinishReason.OVERFLOW:
            return Mistake.OVERFLOW
        case FinishReason.FILTERED | FinishReason.REFUSAL:
            return Mistake.REFUSED
        case (
            FinishReason.LENGTH
            | FinishReason.STOP
            | FinishReason.UNKNOWN
            | FinishReason.REASONING
            | FinishReason.TOOL_CALL
            | FinishReason.NO_ANSWER
        ):
            pass
        case never:
            assert_never(never)
    cut = Mistake.TRUNCATED if is_cut_off(completion, answer or "") else Mistake.NONE
    if answer is None or is_empty(answer):
        return cut or _without_answer(completion.text)
    if refuses(answer):
        return Mistake.REFUSED
    if expected is None:
        return cut or Mistake.COMPUTED
    answer, expected = answer[:LOOKED_AT_CHARS], expected[:LOOKED_AT_CHARS]
    return Mistake.LAYOUT if differs_in_layout(answer, expected) else cut or _compared(answer, expected)


def _without_answer(text: str) -> Mistake:
    if is_empty(text):
        return Mistake.EMPTY
    return Mistake.REFUSED if refuses(text) else Mistake.FORMAT


def _compared(answer: str, expected: str) -> Mistake:
    if differs_in_one_token(answer, expected):
        return Mistake.ONE_TOKEN
    if begins_right(answer, expected) or has_right_lines(answer, expected):
        return Mistake.PARTIAL
    return Mistake.COMPUTED


def is_cut_off(completion: Completion, answer: str) -> bool:
    """Whether the tokens ended before the answer did: it is missing, or continues to where the text ends."""
    if completion.finish_reason is not FinishReason.LENGTH:
        return False
    return completion.text.rstrip().endswith(answer.rstrip()[-END_CHARS:])


def is_empty(text: str) -> bool:
    """Whether there is nothing but white space."""
    return not text.strip()


def refuses(text: str) -> bool:
    """Whether a text begins by saying that its author cannot or will not answer."""
    return _REFUSAL.search(text[:REFUSAL_CHARS]) is not None


def differs_in_layout(answer: str, expected: str) -> bool:
    """Whether two texts are the same but for white space, case, and quotes around the whole."""
    return _bare(answer) == _bare(expected)


def _bare(text: str) -> str:
    return "".join(text.strip().strip(_QUOTES).split()).casefold()


def tokens(text: str) -> list[str]:
    """Split a text into numbers, words and single other characters."""
    return _TOKEN.findall(text)


def differs_in_one_token(answer: str, expected: str) -> bool:
    """Whether one token is wrong, missing or too many, and at least two others are right."""
    got, wanted = tokens(answer), tokens(expected)
    if len(wanted) < SHORTEST or abs(len(got) - len(wanted)) > 1:
        return False
    first = _common(got, wanted)
    rest_got, rest_wanted = got[first:], wanted[first:]
    if len(got) == len(wanted):
        return bool(rest_got) and rest_got[1:] == rest_wanted[1:]
    longer, shorter = (rest_got, rest_wanted) if len(got) > len(wanted) else (rest_wanted, rest_got)
    return longer[1:] == shorter


def begins_right(answer: str, expected: str) -> bool:
    """Whether at least half of the expected tokens stand at the beginning, as they must."""
    got, wanted = tokens(answer), tokens(expected)
    return len(wanted) >= SHORTEST and 2 * _common(got, wanted) >= len(wanted)


def has_right_lines(answer: str, expected: str) -> bool:
    """Whether, of several lines expected, at least one is there."""
    wanted = {line.strip() for line in expected.splitlines()} - {""}
    return len(wanted) > 1 and any(line.strip() in wanted for line in answer.splitlines())


def _common(one: list[str], other: list[str]) -> int:
    """Length of the common beginning."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
