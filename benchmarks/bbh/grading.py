"""What counts as right: as published, and under ``fixed``."""

from __future__ import annotations

import re
from typing import Final

from codeeval.benchmarks.bbh.rows import ANSWER

FINAL: Final = "Final answer:"
_LETTER: Final = re.compile(r"\(?([a-z])(?:\).*|[.:,].*)?")
"""Of a text in one line: ``a``, ``(a) robin``, ``a: robin``; ``a robin`` is a text."""
_OPTION: Final = re.compile(r"\([A-Z]\)(?=\s|$)")
_TRUTH: Final = {"true": "yes", "false": "no"}
_EMPHASIS: Final = " \t\n*_`\"'.$"


def answer(text: str) -> str:
    """Find the answer: what follows the last ``the answer is``, else all, without a full stop at the end.

    Source: code-davinci-002's published outputs, whose 54 accuracies this rule gives.
    """
    return text.rpartition(ANSWER)[2].strip().removesuffix(".")


def final_answer(text: str, task: str) -> str:
    """Find what follows the last ``Final answer:`` as Think-and-Execute does, else all, task by task.

    Source: kyle8581/LanguageModelsasCompilers, src/tasks/*/helper.py, ``evaluate_prediction``.
    """
    match task:
        case "dyck_languages":
            return text.lower().rpartition(FINAL.lower())[2].strip()
        case "navigate":
            return text.lower().rpartition("answer:")[2].strip()
        case "web_of_lies":
            return text.rpartition(FINAL)[2].strip().lower()
        case "geometric_shapes":
            removed = "`.'\""
        case "temporal_sequences":
            removed = "'\".,"
        case _:
            removed = "."
    return text.translate(dict.fromkeys(map(ord, removed))).rpartition(FINAL)[2].strip()


def expected(question: str, target: str) -> str:
    """Return the right answer; of a choice the whole line of the right option."""
    return options(question).get(target, target)


def target_of(answer: str) -> str:
    """Return the target that ``expected`` was made of."""
    letter = _OPTION.match(answer)
    return letter[0] if letter else answer


def is_right(found: str, answer: str, task: str) -> bool:
    """Whether Think-and-Execute's scorer accepts what ``final_answer`` found.

    Of a choice any part of the right option's line is accepted: its letter, its text, or a bracket of it.

    Args:
        found: as ``final_answer`` gives it.
        answer: as ``expected`` gives it.
        task: the task's name.

    Source: as ``final_answer``.
    """
    match task:
        case "dyck_languages":
            return found.replace(" ", "") == answer.replace(" ", "")
        case "navigate":
            return answer.lower() in found[:5]
        case "web_of_lies":
            wanted = answer.lower()
            words = (wanted, *(word for word, means in _TRUTH.items() if means == wanted))
            return any(word in found[:5] for word in words)
        case _:
            return bool(found) and found in answer


def options(question: str) -> dict[str, str]:
    """Return the lines of the options by their letter in brackets; empty where there are none."""
    lines = question.rpartition("Options:")[2].strip().split("\n") if "Options:" in question else []
    return {found[0]: line for line in lines if (found := _OPTION.match(line))}


def same(found: str, answer: str) -> bool:
    """Whether an answer means the expected one: white space, case, emphasis and a full stop aside.

    Of a choice the letter counts, with or without brackets and the option's text, or that text alone.
    """
    bare = " ".join(found.strip(_EMPHASIS).lower().split())
    target = target_of(answer)
    if target == answer:
        wanted = " ".join(answer.lower().split())
        return bare.replace(" ", "") == wanted.replace(" ", "") or _TRUTH.get(bare) == wanted
    text = " ".join(answer.removeprefix(target).lower().split())
    letter = _LETTER.fullmatch(bare)
    return bare == text or (letter is not None and f"({letter[1].upper()})" == target)
