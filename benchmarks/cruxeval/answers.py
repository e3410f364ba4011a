"""Finds the prediction in what a model wrote, as published. Nothing is executed.

================  ==============================================================================
rule              what is taken
================  ==============================================================================
``equals``        an output: what stands between the first ``==`` and the second
``assert``        an input: what stands before the first ``==``, from the ``f`` of the first ``assert f``
``last-line``     a chain of thought without ``[ANSWER]``, by a chat model: its last line
``text``          all of it
``as-is``         a prediction that was extracted already, from a file or a reference
``none``          nothing is left
================  ==============================================================================

With a chain of thought the text is what follows the first ``[ANSWER]``, up to the second.

Source: facebookresearch/cruxeval, inference/tasks/output_prediction.py and input_prediction.py,
``postprocess_generation``; for chat models openai/openai_prompt.py, ``extract_answer_*``.
"""

from __future__ import annotations

from typing import Final

from codeeval.benchmarks.common.predictions import AS_IS, OPEN
from codeeval.extraction import NO_CODE_RULE, encodable
from codeeval.extraction.text import without_thinking
from codeeval.types import Completion, CompletionKind, Extraction

EQUALS: Final = "=="
ASSERT: Final = "assert f"


def output(completion: Completion, *, cot: bool) -> Extraction:
    """Find the value that is predicted, as it is written."""
    if (body := _body(completion, cot=cot)) is None:
        return _as_is(completion)
    text, rule = body
    if not rule and EQUALS in text:
        text, rule = text.split(EQUALS)[1], "equals"
    return _found(rule or "text", text)


def call(completion: Completion, *, cot: bool) -> Extraction:
    """Find the call that is predicted, as it is written."""
    if (body := _body(completion, cot=cot)) is None:
        return _as_is(completion)
    text, rule = body
    if not rule:
        text = text.split(EQUALS)[0]
        if ASSERT in text:
            text, rule = f"f{text.split(ASSERT)[1].strip()}", "assert"
    return _found(rule or "text", text)


def _body(completion: Completion, *, cot: bool) -> tuple[str, str] | None:
    """Return the part that holds the answer, and the rule where that is the answer; None to take all."""
    text = encodable(completion.text)
    if completion.kind is CompletionKind.SOLUTION:
        return None
    answered = completion.kind is CompletionKind.ANSWER
    if answered:
        text = without_thinking(text)
    if not cot:
        return text, ""
    if OPEN in text:
        return text.split(OPEN)[1], ""
    return (text.split("\n")[-1], "last-line") if answered else (text, "")


def _as_is(completion: Completion) -> Extraction:
    text = encodable(completion.text)
    return Extraction(rule=AS_IS, code=text) if text.strip() else Extraction(rule=NO_CODE_RULE)


def _found(rule: str, text: str) -> Extraction:
    text = text.strip()
    return Extraction(rule=rule, code=text) if text else Extraction(rule=NO_CODE_RULE)
