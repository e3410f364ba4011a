"""What backends have in common that ask a server for one sample at a time.

Such a backend says how one request is sent (``_ask``) and what its server honours. Here is the rest: pace
and retries; what the server refuses is left out from then on, with a note; and completions are made.
"""

from __future__ import annotations

import abc
import asyncio
import enum
import functools
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from codeeval.errors import ModelError
from codeeval.interfaces import Support
from codeeval.models.postprocessing import Findings, Written, finish, stopped_while_reasoning
from codeeval.models.serving.pacing import Pacer, Transient, prompt_tokens
from codeeval.models.text import stop_sequences
from codeeval.text import clean_text
from codeeval.types import PromptStyle, Usage

if TYPE_CHECKING:
    from codeeval.interfaces import ModelInfo, ModelSpec
    from codeeval.types import Completion, Effort, FinishReason, Problem, Prompt, Sampling


class Setting(enum.Enum):
    """What can be left out of a request."""

    TEMPERATURE = "temperature"
    TOP_P = "top_p"
    SEED = "seed"
    STOP = "stop"
    PREFILL = "prefill"
    REASONING = "reasoning"


_INSTEAD: Final = {
    Setting.TEMPERATURE: "samples are drawn at the model's own temperature",
    Setting.TOP_P: "samples are drawn with the model's own",
    Setting.SEED: "no sample can be drawn again",
    Setting.STOP: "texts are cut at the stop sequences here, after they were paid for",
    Setting.PREFILL: "the model is asked without the prefill, and begins its answer itself",
    Setting.REASONING: "the model reasons as long as it likes",
}


class Refused(Exception):
    """The server refuses a setting; the request can be sent without it."""

    def __init__(self, setting: Setting, words: str) -> None:
        super().__init__(words)
        self.setting = setting
        self.words = words


class Request(NamedTuple):
    """One sample as the server is asked for it; None and empty where a setting is left out."""

    prompt: Prompt
    max_tokens: int
    """Of the answer."""
    temperature: float | None
    top_p: float | None
    seed: int | None
    stop: tuple[str, ...]
    prefill: str
    reasoning_tokens: int | None
    reasoning_effort: Effort | None

    @property
    def limit(self) -> int:
        """Most tokens of reasoning and answer together."""
        return self.max_tokens + (self.reasoning_tokens or 0)

    @property
    def settings(self) -> set[Setting]:
        """What this request asks for and could do without."""
        asked = {
            Setting.TEMPERATURE: self.temperature is not None,
            Setting.TOP_P: self.top_p is not None,
            Setting.SEED: self.seed is not None,
            Setting.STOP: bool(self.stop),
            Setting.PREFILL: bool(self.prefill),
            Setting.REASONING: self.reasoning_tokens is not None or self.reasoning_effort is not None,
        }
        return {setting for setting, given in asked.items() if given}


class Answer(NamedTuple):
    """What the server sent."""

    text: str
    finish_reason: FinishReason
    reasoning: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    first_token_s: float | None = None
    latency_s: float = 0.0


class AskingModel(abc.ABC):
    """A model behind a server that returns one sample a request.

    Args:
        spec: name, pace and timeouts.
        server: what messages call the server.
        info: identity, and what the server honours as far as that is known.
        without: settings that the server is known not to take.
    """

    def __init__(
        self, spec: ModelSpec, server: str, info: ModelInfo, without: frozenset[Setting] = frozenset()
    ) -> None:
        self._spec = spec
        self._server = server
        self._pacer = Pacer(server, spec)
        self._findings = Findings(info)
        self._without = set(without)
        self._told: set[Setting] = set()

    _continues_what_it_takes = False
    """Whether a server that does not refuse a prefill is sure to continue it."""

    @property
    def info(self) -> ModelInfo:
        """Identity and abilities."""
        return self._findings.info

    def available(self, task_id: str) -> int | None:  # noqa: ARG002 -- it draws
        """Any number of samples."""
        return None

    async def complete(
        self,
        prompt: Prompt,
        sampling: Sampling,
        samples: range,
        problem: Problem,  # noqa: ARG002 -- for models that replay
    ) -> list[Completion]:
        """Draw the samples, one request each.

        Raises:
            PromptRefused: the server finds the prompt too long, or filters it.
            ModelError: the server refuses, or the retries are used up.
        """
        return [await self._draw(prompt, sampling, sample) for sample in samples]

    @abc.abstractmethod
    async def _ask(self, request: Request) -> Answer:
        """Send one request once.

        Raises:
            Transient: asking again may help.
            Refused: one of ``request.settings`` is not taken.
            PromptRefused: this prompt is not taken.
            ModelError: nothing helps.
        """

    def _excluded_by(self, request: Request) -> set[Setting]:
        """Settings that the server does not take together with the others of a request."""
        del request
        return set()

    @abc.abstractmethod
    async def aclose(self) -> None:
        """Close the connections."""

    def request(self, prompt: Prompt, sampling: Sampling, sample: int) -> Request:
        """Return how the server is asked for a sample, without what it is known to refuse."""
        return self._request(prompt, sampling, sample, stop_sequences(prompt, sampling))

    def completion(self, prompt: Prompt, sampling: Sampling, sample: int, answer: Answer) -> Completion:
        """Make the completion of an answer that came another way, say in a batch."""
        request = self.request(prompt, sampling, sample)
        return finish(prompt, sample, _written(answer), stop_sequences(prompt, sampling), request.prefill)

    async def _draw(self, prompt: Prompt, sampling: Sampling, sample: int) -> Completion:
        stops = stop_sequences(prompt, sampling)
        tokens = prompt_tokens(prompt) + sampling.max_tokens + (sampling.reasoning_tokens or 0)
        while True:
            request = self._request(prompt, sampling, sample, stops)
            try:
                answer = await self._pacer.ask(
                    functools.partial(self._timed, request), tokens=tokens, used=_used
                )
            except Refused as refusal:
                self._do_without(refusal, request)
                continue
            written = _written(answer)
            if stopped_while_reasoning(prompt, written, request.stop):
                self._without.add(Setting.STOP)
                self._findings.record(
                    "a stop sequence ended the model's reasoning: stop sequences are no longer sent, "
                    "and cut the answers here",
                    stop=Support.WORKED_AROUND,
                )
                continue
            if request.prefill and self._continues_what_it_takes:
                self._findings.record(prefill=Support.YES)
            return finish(prompt, sample, written, stops, request.prefill)

    async def _timed(self, request: Request) -> Answer:
        began_s = time.monotonic()
        try:
            async with asyncio.timeout(self._spec.timeout_s):
                answer = await self._ask(request)
        except TimeoutError as error:
            raise Transient(f"no answer within {self._spec.timeout_s:g} s", timeout=True) from error
        return answer._replace(latency_s=time.monotonic() - began_s)

    def _request(self, prompt: Prompt, sampling: Sampling, sample: int, stops: tuple[str, ...]) -> Request:
        prefill = clean_text(prompt.prefill) if prompt.style is PromptStyle.CHAT else ""
        request = Request(
            prompt=prompt,
            max_tokens=sampling.max_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p if sampling.top_p < 1 else None,
            seed=None if sampling.seed is None else (sampling.seed + sample) & 0x7FFFFFFF,
            stop=stops,
            prefill=prefill,
            reasoning_tokens=sampling.reasoning_tokens,
            reasoning_effort=sampling.reasoning_effort,
        )
        for setting in request.settings & (self._without | self._excluded_by(request)):
            request = _omit(request, setting)
            if setting not in self._told:
                self._told.add(setting)
                self._tell(setting, "it does not take")
        return request

    def _do_without(self, refusal: Refused, request: Request) -> None:
        if refusal.setting not in request.settings:
            raise ModelError(f"{self._server} refuses the request: {refusal.words}", "The words are its own.")
        self._without.add(refusal.setting)
        self._told.add(refusal.setting)
        self._tell(refusal.setting, "it refuses")

    def _tell(self, setting: Setting, how: str) -> None:
        worked_around = setting is Setting.STOP
        honoured = Support.WORKED_AROUND if worked_around else Support.NO
        name = "a limit on reasoning" if setting is Setting.REASONING else setting.value
        self._findings.record(f"{how} {name}: {_INSTEAD[setting]}", **{setting.value: honoured})


def turns(request: Request) -> list[dict[str, str]]:
    """Return a chat prompt's turns, the prefill as the beginning of the last."""
    messages = [
        {"role": turn.role.value, "content": clean_text(turn.content)} for turn in request.prompt.messages
    ]
    if request.prefill:
        messages.append({"role": "assistant", "content": request.prefill})
    return messages


def _omit(request: Request, setting: Setting) -> Request:
    match setting:
        case Setting.TEMPERATURE:
            return request._replace(temperature=None)
        case Setting.TOP_P:
            return request._replace(top_p=None)
        case Setting.SEED:
            return request._replace(seed=None)
        case Setting.STOP:
            return request._replace(stop=())
        case Setting.PREFILL:
            return request._replace(prefill="")
        case Setting.REASONING:
            return request._replace(reasoning_tokens=None, reasoning_effort=None)


def _written(answer: Answer) -> Written:
    usage = Usage(
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.completion_tokens,
        reasoning_tokens=answer.reasoning_tokens,
        latency_s=answer.latency_s,
        first_token_s=answer.first_token_s,
    )
    return Written(answer.text, answer.finish_reason, answer.reasoning, usage)


def _used(answer: Answer) -> int:
    return answer.prompt_tokens + answer.completion_tokens
