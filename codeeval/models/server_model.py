"""Base of the backends that send prompts to a server.

A backend implements ``_send``, one request sent once, and states what its server supports. The base does the
rest: pace and retries, several samples from one request or from one each, requests without the parameters
that the server does not support (with a note), and completions made of the responses.
"""

from __future__ import annotations

import abc
import asyncio
import functools
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.errors import ModelError, NoAnswer
from codeeval.interfaces import Support
from codeeval.models.capabilities import CapabilityTracker
from codeeval.models.postprocessing import (
    STOPPED_WHILE_REASONING,
    GeneratedText,
    make_completion,
    no_answer,
    stopped_while_reasoning,
    token_limit,
)
from codeeval.models.server_errors import LessRoom, Parameter, Rejected, ServerErrors, UnsupportedParameter
from codeeval.models.serving.pacing import Pacer, Transient, delay_s, prompt_tokens
from codeeval.models.text import stop_sequences
from codeeval.text import clean_text
from codeeval.types import FinishReason, PromptStyle, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.interfaces import ModelInfo, ModelSpec
    from codeeval.types import Completion, Effort, Prompt, Sampling

_CONSEQUENCES: Final = {
    Parameter.TEMPERATURE: "samples are generated at the model's own temperature",
    Parameter.TOP_P: "samples are generated with the model's own top_p",
    Parameter.SEED: "samples are not reproducible",
    Parameter.STOP: "texts are cut at the stop sequences locally, after they were generated",
    Parameter.N: "each sample is a request of its own",
    Parameter.PREFILL: "prompts are sent without their prefill",
    Parameter.REASONING: "the model reasons as much as it does by default",
}


ATTEMPTS: Final = 3
"""Requests for an answer of a server that is well, and gives none."""
_MOST_SHORTENED: Final = 5
"""Requests with fewer and fewer tokens, where each error states less room than the one before."""


class RequestChanged(Exception):
    """The backend has changed how it makes requests: this one is to be made and sent again."""


class Request(NamedTuple):
    """A request for samples of one prompt; None and empty: a parameter that is not sent."""

    prompt: Prompt
    n: int
    """Samples."""
    max_tokens: int
    """Of reasoning and answer together."""
    temperature: float | None
    top_p: float | None
    seed: int | None
    stop: tuple[str, ...]
    prefill: str
    reasoning_tokens: int | None
    reasoning_effort: Effort | None

    @property
    def parameters(self) -> set[Parameter]:
        """The parameters of this request that could be omitted."""
        given = {
            Parameter.TEMPERATURE: self.temperature is not None,
            Parameter.TOP_P: self.top_p is not None,
            Parameter.SEED: self.seed is not None,
            Parameter.STOP: bool(self.stop),
            Parameter.N: self.n > 1,
            Parameter.PREFILL: bool(self.prefill),
            Parameter.REASONING: self.reasoning_tokens is not None or self.reasoning_effort is not None,
        }
        return {parameter for parameter, present in given.items() if present}


class Choice(NamedTuple):
    """One of the texts of a response."""

    text: str
    finish_reason: FinishReason
    """``NO_ANSWER``: the server broke off, and the text is no answer."""
    reasoning: str = ""
    error: str = ""
    """Why there is no answer, in the server's words."""


class Response(NamedTuple):
    """What the server returned for a request."""

    choices: tuple[Choice, ...]
    prompt_tokens: int = 0
    completion_tokens: int = 0
    """Of all choices."""
    reasoning_tokens: int = 0
    """Of all choices, where the server counts them."""
    first_token_s: float | None = None
    latency_s: float = 0.0
    """From the request's start to the response's end, without earlier attempts and waits."""


class ServerModel(abc.ABC):
    """A model behind a server.

    Args:
        spec: name, pace and timeouts.
        server: what messages call the server.
        info: identity, and what the server supports as far as that is known.
        key: the variable that the user sets the key in.
        unsupported: parameters that the server is known not to support.
    """

    _continues_prefill = False
    """Whether a server that does not reject a prefill is sure to continue it."""
    _has_reasoning_budget = True
    """Whether the server has a parameter for ``reasoning_tokens``; else they only raise ``max_tokens``."""

    def __init__(
        self,
        spec: ModelSpec,
        server: str,
        info: ModelInfo,
        *,
        key: str,
        unsupported: frozenset[Parameter] = frozenset(),
    ) -> None:
        self._spec = spec
        self._server = server
        self._pacer = Pacer(server, spec)
        self._errors = ServerErrors(self._pacer, server, spec.name, key, spec.api_key)
        self._tracker = CapabilityTracker(info)
        self._unsupported = set(unsupported)
        self._reported: set[Parameter] = set()
        self._most_tokens: int | None = None
        """Of any answer, where the server has stated it."""

    @property
    def info(self) -> ModelInfo:
        """Identity and capabilities."""
        return self._tracker.info

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        """Generate the samples: in one request where there is no seed and the server supports ``n``.

        With a seed each sample is a request of its own, with ``seed + sample``, so that it can be generated
        again alone.

        Raises:
            PromptRefused: the server finds the prompt too long, or filters it.
            NoAnswer: there is none to any of the samples, however often it was asked.
            ModelError: the server refuses, or was given up.
        """
        together = sampling.seed is None and len(samples) > 1 and self.info.max_n > 1
        completions: list[Completion] = []
        if together and Parameter.N not in self._unsupported:
            completions = await self._generate(prompt, sampling, samples)
        rest = [range(sample, sample + 1) for sample in samples[len(completions) :]]
        if len(rest) == 1 and not completions:
            return await self._generate(prompt, sampling, rest[0])
        tasks = [asyncio.ensure_future(self._generate(prompt, sampling, each)) for each in rest]
        try:
            completions += await self._gathered(prompt, rest, tasks, answered=bool(completions))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # each error is looked at
        return completions

    async def _gathered(
        self,
        prompt: Prompt,
        samples: list[range],
        tasks: Sequence[asyncio.Future[list[Completion]]],
        *,
        answered: bool,
    ) -> list[Completion]:
        """Wait for samples; those without an answer are marked, unless no sample of the prompt has one."""
        completions: list[Completion] = []
        lost: NoAnswer | None = None
        for each, task in zip(samples, tasks, strict=True):
            try:
                completions += await task
                answered = True
            except NoAnswer as error:
                lost = error
                completions += [no_answer(prompt, sample, error) for sample in each]
        if lost is not None and not answered:
            raise lost
        return completions

    @abc.abstractmethod
    async def _send(self, request: Request) -> Response:
        """Send one request once.

        Raises:
            Transient: another attempt may succeed.
            UnsupportedParameter: the server rejects one of ``request.parameters``, whatever its value.
            RequestChanged: requests are made otherwise from now on.
            PromptRefused: the server rejects this prompt.
            ModelError: no attempt will succeed.
        """

    @abc.abstractmethod
    async def aclose(self) -> None:
        """Close the connections."""

    def _incompatible(self, request: Request) -> set[Parameter]:
        """Return parameters that the server does not support together with the others of a request."""
        del request
        return set()

    def request(
        self, prompt: Prompt, sampling: Sampling, samples: range, most_tokens: int | None = None
    ) -> Request:
        """Return the request for these samples, without parameters that the server does not support.

        Args:
            prompt: the prompt.
            sampling: of the run.
            samples: their indices.
            most_tokens: what the context has room for after this prompt, where that is known.
        """
        limits = (token_limit(sampling), self._most_tokens, most_tokens)
        prefill = clean_text(prompt.prefill) if prompt.style is PromptStyle.CHAT else ""
        request = Request(
            prompt=prompt,
            n=len(samples),
            max_tokens=min(limit for limit in limits if limit is not None),
            temperature=sampling.temperature,
            top_p=sampling.top_p if sampling.top_p < 1 else None,
            seed=None if sampling.seed is None else (sampling.seed + samples.start) & 0x7FFFFFFF,
            stop=stop_sequences(prompt, sampling),
            prefill=prefill,
            reasoning_tokens=sampling.reasoning_tokens if self._has_reasoning_budget else None,
            reasoning_effort=sampling.reasoning_effort,
        )
        for parameter in request.parameters & (self._unsupported | self._incompatible(request)):
            request = _without(request, parameter)
            self._report(parameter)
        return request

    def completions(
        self, request: Request, sampling: Sampling, samples: range, response: Response
    ) -> list[Completion]:
        """Make the completions of a response: one a sample, fewer where it has fewer choices."""
        stops = stop_sequences(request.prompt, sampling)
        most = request.max_tokens if request.max_tokens < token_limit(sampling) else None
        return [
            make_completion(request.prompt, sample, each._replace(max_tokens=most), stops, request.prefill)
            for sample, each in zip(samples, _generated_texts(response, len(samples)), strict=False)
        ]

    async def _generate(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        """Send one request for all these samples; fewer come where the server does not support ``n``."""
        tokens = prompt_tokens(prompt) + len(samples) * token_limit(sampling)
        attempts = shortened = 0
        most: int | None = None
        while True:
            request = self.request(prompt, sampling, samples, most)
            try:
                response = await self._pacer.send(
                    functools.partial(self._attempt, request), tokens=tokens, used=_used
                )
            except UnsupportedParameter as error:
                self._reject(error, request)
                if error.parameter is Parameter.N:
                    return []
                continue
            except RequestChanged:
                continue
            except LessRoom as error:
                shortened += 1
                if shortened > _MOST_SHORTENED:
                    raise self._pacer.unanswered(self._nothing(prompt, str(error))) from error
                most = self._shorten(error, most)
                continue
            except Rejected as error:
                attempts = await self._again(attempts, error.error)
                continue
            if len(response.choices) < len(samples) and response.choices:  # the server ignores n
                self._drop(Parameter.N)
            answers = answered(response)
            if not answers:
                what = next((each.error for each in response.choices), "") or "no choices"
                attempts = await self._again(attempts, self._nothing(prompt, what))
                continue
            self._pacer.answered()
            response = response._replace(choices=answers)
            texts = _generated_texts(response, len(samples))
            if any(stopped_while_reasoning(prompt, each, request.stop) for each in texts):
                self._unsupported.add(Parameter.STOP)
                self._reported.add(Parameter.STOP)
                self._tracker.record(STOPPED_WHILE_REASONING, stop=Support.WORKED_AROUND)
                continue
            if request.prefill and self._continues_prefill:
                self._tracker.record(prefill=Support.YES)
            return self.completions(request, sampling, samples, response)

    def _nothing(self, prompt: Prompt, what: str) -> NoAnswer:
        return NoAnswer(
            f"{self.info.spec} returned no answer to {prompt.task_id}: {what}", "Check the server's log."
        )

    async def _again(self, attempts: int, error: NoAnswer) -> int:
        """Wait before another attempt, and return how many there were; the last raises the error."""
        attempts += 1
        if attempts >= ATTEMPTS:
            raise self._pacer.unanswered(error)
        await asyncio.sleep(delay_s(attempts))
        return attempts

    def _shorten(self, error: LessRoom, most: int | None) -> int | None:
        """Take note of how many tokens the server has room for; returns those after this prompt."""
        if error.fixed:
            self._most_tokens = error.tokens
            self._tracker.record(
                f"no answer may have more than {error.tokens} tokens there: --max-tokens is lowered to them"
            )
            return most
        self._tracker.record(
            "after some prompts the context has less room than --max-tokens asks for: their answers may have "
            "as many tokens as are left, which max_tokens states in completions.jsonl"
        )
        return error.tokens

    async def _attempt(self, request: Request) -> Response:
        started_s = time.monotonic()
        try:
            async with asyncio.timeout(self._spec.timeout_s):
                response = await self._send(request)
        except TimeoutError as error:
            raise Transient(f"no response within {self._spec.timeout_s:g} s", timeout=True) from error
        return response._replace(latency_s=time.monotonic() - started_s)

    def _reject(self, error: UnsupportedParameter, request: Request) -> None:
        """Stop sending what the server has rejected."""
        if error.parameter not in request.parameters:
            raise ModelError(f"{self._server} rejects the request: {error}", "The message is the server's.")
        self._drop(error.parameter)

    def _drop(self, parameter: Parameter) -> None:
        self._unsupported.add(parameter)
        self._report(parameter)

    def _report(self, parameter: Parameter) -> None:
        if parameter in self._reported:
            return
        self._reported.add(parameter)
        around = parameter in (Parameter.STOP, Parameter.N)
        support = Support.WORKED_AROUND if around else Support.NO
        name = "limits on reasoning" if parameter is Parameter.REASONING else parameter.value
        note = f"{name} is not supported: {_CONSEQUENCES[parameter]}"
        self._tracker.record("" if parameter is Parameter.N else note, **{parameter.value: support})


def answered(response: Response) -> tuple[Choice, ...]:
    """Return the choices that the server did not break off."""
    return tuple(each for each in response.choices if each.finish_reason is not FinishReason.NO_ANSWER)


def chat_messages(request: Request) -> list[dict[str, str]]:
    """Return a chat prompt's messages, the prefill as the beginning of the assistant's."""
    messages = [
        {"role": turn.role.value, "content": clean_text(turn.content)} for turn in request.prompt.messages
    ]
    if request.prefill:
        messages.append({"role": "assistant", "content": request.prefill})
    return messages


def _without(request: Request, parameter: Parameter) -> Request:  # noqa: PLR0911 -- one a case
    match parameter:
        case Parameter.TEMPERATURE:
            return request._replace(temperature=None)
        case Parameter.TOP_P:
            return request._replace(top_p=None)
        case Parameter.SEED:
            return request._replace(seed=None)
        case Parameter.STOP:
            return request._replace(stop=())
        case Parameter.N:
            return request._replace(n=1)
        case Parameter.PREFILL:
            return request._replace(prefill="")
        case Parameter.REASONING:
            return request._replace(reasoning_tokens=None, reasoning_effort=None)


def _generated_texts(response: Response, wanted: int) -> list[GeneratedText]:
    """Divide a response's cost among its choices, so that the sum over samples is what was spent."""
    kept = response.choices[:wanted]
    count = len(kept)
    return [
        GeneratedText(
            choice.text,
            choice.finish_reason,
            choice.reasoning,
            Usage(
                prompt_tokens=(response.prompt_tokens + index) // count,
                completion_tokens=(response.completion_tokens + index) // count,
                reasoning_tokens=(response.reasoning_tokens + index) // count,
                latency_s=response.latency_s / count,
                first_token_s=response.first_token_s,
            ),
            error=choice.error,
        )
        for index, choice in enumerate(kept)
    ]


def _used(response: Response) -> int:
    return response.prompt_tokens + response.completion_tokens
