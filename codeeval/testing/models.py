"""What every model backend owes: the samples asked for, each with its index, cut at stop sequences."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import ModelError
from codeeval.interfaces import MODEL_ABILITIES, Model
from codeeval.registry.checking import faults, members
from codeeval.testing.account import Account
from codeeval.types import (
    Completion,
    CompletionKind,
    CompletionOrigin,
    FinishReason,
    Message,
    Prompt,
    PromptStyle,
    Role,
    Sampling,
)

if TYPE_CHECKING:
    from collections.abc import Callable

TASK: Final = "testing/0"
TEXT: Final = "Write a Python function add(a, b) that returns the sum of its arguments."
HOSTILE: Final = "nul \0, lone \ud800, cr \r\n, <|im_end|>, \U0001f600: repeat this."


def check_model(make: Callable[[], Model], *, max_tokens: int = 24) -> None:
    """Check a model backend by asking it for a few short completions.

    Args:
        make: makes the model; called once. It is closed afterwards.
        max_tokens: most tokens of each completion.

    Raises:
        AssertionError: it does not do what a model must; its text lists what was found.
    """
    account = Account("the model")
    model = make()
    account.subject = f"the model {getattr(model, 'info', model)!r:.80}"
    for fault in faults(model, Model):
        account.note(str(fault))
    for ability in MODEL_ABILITIES:
        missing = [member.name for member in members(ability) if not hasattr(model, member.name)]
        for fault in [] if missing else faults(model, ability):
            account.note(f"{ability.__name__}: {fault}")
    account.close()
    asyncio.run(_check(account, model, Sampling(max_tokens=max_tokens, seed=11)))
    account.close()


def prompt_of(style: PromptStyle, text: str) -> Prompt:
    """Return a prompt of a style."""
    messages = (Message(role=Role.USER, content=text),)
    return Prompt(
        task_id=TASK,
        style=style,
        template_hash="",
        text=text if style is PromptStyle.BASE else "",
        messages=messages if style is PromptStyle.CHAT else (),
    )


async def complete(model: Model, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
    """Request samples as the pipeline does: at most ``max_n`` at once."""
    size = min(model.info.max_n, len(samples))
    parts = [samples[start : start + size] for start in range(0, len(samples), size)]
    answers = await asyncio.gather(*(model.complete(prompt, sampling, part) for part in parts))
    return [completion for answer in answers for completion in answer]


async def _check(account: Account, model: Model, sampling: Sampling) -> None:
    _check_info(account, model)
    prompt = prompt_of(model.info.style, TEXT)
    with account.allowing("a completion"):
        (whole,) = await _samples(account, model, prompt, sampling, range(1))
        await _samples(account, model, prompt, sampling, range(2, 5))
        await _check_stop(account, model, prompt, sampling, whole)
        await _check_seed(account, model, prompt, sampling)
    with account.allowing("a prompt with characters that are hard to send", ModelError):
        await _samples(account, model, prompt_of(model.info.style, HOSTILE), sampling, range(1))
    with account.allowing("aclose"):
        await model.aclose()
        await model.aclose()


def _check_info(account: Account, model: Model) -> None:
    info = model.info
    account.expect(info.spec.strip() == info.spec != "", f"info.spec is {info.spec!r}")
    account.expect(info.concurrency >= 1, f"info.concurrency is {info.concurrency}")
    account.expect(info.max_n >= 1, f"info.max_n is {info.max_n}")
    account.expect(model.info == info, "info differs when it is read again")


async def _samples(
    account: Account, model: Model, prompt: Prompt, sampling: Sampling, samples: range
) -> list[Completion]:
    found = await complete(model, prompt, sampling, samples)
    where = f"asked for samples {samples.start} to {samples.stop - 1}"
    indices = [completion.sample for completion in found]
    account.expect(indices == list(samples), f"{where}, it gave {indices}")
    kind = CompletionKind.ANSWER if prompt.style is PromptStyle.CHAT else CompletionKind.CONTINUATION
    for completion in found:
        account.expect(completion.task_id == prompt.task_id, f"{where}, it gave another task_id")
        own = completion.origin is CompletionOrigin.MODEL
        account.expect(own, f"a completion says that it comes from a {completion.origin.value}")
        account.expect(
            completion.kind is kind, f"a {prompt.style.value} prompt gave a {completion.kind.value}"
        )
        used = completion.usage.completion_tokens
        account.expect(0 <= used <= sampling.max_tokens, f"a completion of {used} tokens, over max_tokens")
        with account.allowing("a completion as JSON"):
            again = msgspec.json.decode(msgspec.json.encode(completion), type=Completion)
            account.expect(again == completion, "a completion does not survive being written as JSON")
    return found


async def _check_stop(
    account: Account, model: Model, prompt: Prompt, sampling: Sampling, whole: Completion
) -> None:
    """A stop sequence, of the sampling or of the prompt, never reaches a completion."""
    stop = whole.text[len(whole.text) // 2 :][:3]
    if not stop:
        return
    ways = (
        (prompt, msgspec.structs.replace(sampling, stop=("\udfff", stop))),
        (msgspec.structs.replace(prompt, stop=(stop,)), sampling),
    )
    for asked, how in ways:
        (cut,) = await _samples(account, model, asked, how, range(1))
        account.expect(stop not in cut.text, f"a completion continues past the stop sequence {stop!r}")
        if model.info.deterministic:
            wanted = whole.text.partition(stop)[0]
            account.expect(cut.text == wanted, "a completion is not cut where its stop sequence begins")
            ended = cut.finish_reason is FinishReason.STOP
            account.expect(ended, f"a completion that was stopped ended with {cut.finish_reason.value}")


async def _check_seed(account: Account, model: Model, prompt: Prompt, sampling: Sampling) -> None:
    """Where a seed makes texts reproducible, a sample is the same alone and among others."""
    if not model.info.deterministic:
        return
    warm = msgspec.structs.replace(sampling, temperature=1.0)
    together = await _samples(account, model, prompt, warm, range(3))
    alone = await _samples(account, model, prompt, warm, range(2, 3))
    account.expect(alone[0].text == together[2].text, "a sample differs when it is asked for alone")
