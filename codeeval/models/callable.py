"""A Python callable as a model: ``codeeval.run("humaneval", my_function, out="runs/mine")``.

The first parameter decides what the callable gets, by its annotation, or by its name where it has none:

==========================  ==========================================  =================================
annotation                  or name, without annotation                 one call gets, and returns
==========================  ==========================================  =================================
``str``                     any other name                              a prompt as text; a text
``list[str]``               ``prompts``, ``texts``, ``batch``           prompts as texts; as many texts
``list[dict[str, str]]``    ``messages``, ``conversation``, ``chat``    a conversation; a text
``list[list[dict]]``        ``conversations``, ``chats``                conversations; as many texts
``Prompt``                                                              codeeval's own prompt; a text
``list[Prompt]``                                                        codeeval's own prompts; as many
==========================  ==========================================  =================================

A conversation is a list of ``{"role": ..., "content": ...}`` as chat APIs have it. Any ``Sequence`` may stand
for ``list``. The prompts are a chat model's, or with ``style=PromptStyle.BASE`` texts to be continued.

Further parameters are passed by name, where the callable has them: ``temperature``, ``top_p``,
``max_tokens``, ``stop``, ``seed`` (for several prompts ``seeds``, one each), ``reasoning_tokens``,
``reasoning_effort``, or ``sampling``, codeeval's own value with all of them (of several prompts without the
seed).

The callable may be a coroutine function. A plain function runs in a thread, so that it never blocks the event
loop; one call at a time, unless ``concurrency`` allows more. Texts are cut at the stop sequences afterwards.
"""

from __future__ import annotations

import asyncio
import collections.abc
import contextvars
import enum
import functools
import hashlib
import inspect
import types
import typing
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, NamedTuple  # Any: values of the user's own annotations

import msgspec

from codeeval.errors import CodeEvalError, ModelError, PromptRefused, UsageError
from codeeval.interfaces import Capabilities, ModelInfo, Support
from codeeval.models.capabilities import CapabilityTracker
from codeeval.models.postprocessing import GeneratedText, make_completion, token_limit
from codeeval.models.text import stop_sequences
from codeeval.text import clean_text
from codeeval.types import FinishReason, Prompt, PromptStyle, Role, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codeeval.types import Completion, Sampling

ASYNC_CONCURRENCY: Final = 16
"""Calls of a coroutine function in flight, where the user set no number."""
BATCH_SIZE: Final = 32
"""Prompts a call, where the callable accepts several and the user set no number."""
_GATHER_S: Final = 0.01
"""How long a call waits for more prompts once there is one."""
_BY_NAME: Final = {
    "messages": (False, "messages"),
    "conversation": (False, "messages"),
    "chat": (False, "messages"),
    "prompts": (True, "text"),
    "texts": (True, "text"),
    "batch": (True, "text"),
    "conversations": (True, "messages"),
    "chats": (True, "messages"),
}
_SHAPES: Final = (
    "Annotate its first parameter with str, list[str], list[dict[str, str]] (a conversation), "
    "list[list[dict[str, str]]] or codeeval.types.Prompt."
)


class Content(enum.Enum):
    """What a callable gets of a prompt."""

    TEXT = "text"
    MESSAGES = "messages"
    PROMPT = "prompt"


class Shape(NamedTuple):
    """How a callable is called."""

    content: Content
    several: bool
    """Whether a call gets several prompts, and returns as many texts."""
    keywords: frozenset[str]
    """Sampling parameters that it accepts."""


class _Job(NamedTuple):
    """One sample that waits for a call."""

    prompt: Prompt
    sampling: Sampling
    seed: int | None
    text: asyncio.Future[str]


class CallableModel:
    """A model whose texts a callable generates; see the module for the callables that will do.

    Args:
        function: the callable.
        style: how prompts are rendered; chat by default.
        concurrency: calls in flight; by default one, and of a coroutine function 16.
        batch_size: most prompts a call, where the callable accepts several.
        name: identifies the model in ``run.json``; the callable's qualified name by default.

    Raises:
        UsageError: the callable's parameters are none of the known shapes.
    """

    def __init__(
        self,
        function: Callable[..., object],
        *,
        style: PromptStyle | None = None,
        concurrency: int | None = None,
        batch_size: int = BATCH_SIZE,
        name: str = "",
    ) -> None:
        self._function = function
        self._name = name or qualified_name(function)
        self._shape = shape_of(function)
        style = style or PromptStyle.CHAT
        if style is PromptStyle.BASE and self._shape.content is Content.MESSAGES:
            raise UsageError(
                f"{self._name} accepts conversations, and base prompts are texts",
                "Omit the style, or annotate its first parameter with str.",
            )
        self._is_async = _is_async(function)
        calls = concurrency or (ASYNC_CONCURRENCY if self._is_async and not self._shape.several else 1)
        self._batch_size = batch_size if self._shape.several else 1
        source = _source_sha256(function)
        info = ModelInfo(
            spec=f"callable:{self._name}",
            style=style,
            concurrency=2 * calls * self._batch_size if self._shape.several else calls,
            max_n=self._batch_size,
            deterministic=False,
            details={"source_sha256": source} if source else {},
            capabilities=_capabilities(self._shape),
        )
        self._tracker = CapabilityTracker(info)
        self._calls = calls
        self._threads: ThreadPoolExecutor | None = None
        self._jobs: list[_Job] = []
        self._workers: set[asyncio.Task[None]] = set()

    @property
    def info(self) -> ModelInfo:
        """Identity and capabilities."""
        return self._tracker.info

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        """Generate the samples.

        Raises:
            PromptRefused: the callable has raised it.
            ModelError: the callable has raised an exception, or returned something else than texts.
        """
        self._note_unsupported(prompt, sampling)
        started_s = asyncio.get_running_loop().time()
        texts = await asyncio.gather(*(self._text(prompt, sampling, sample) for sample in samples))
        usage = Usage(latency_s=(asyncio.get_running_loop().time() - started_s) / max(1, len(samples)))
        stops = stop_sequences(prompt, sampling)
        return [
            make_completion(prompt, sample, GeneratedText(text, FinishReason.UNKNOWN, usage=usage), stops)
            for sample, text in zip(samples, texts, strict=True)
        ]

    async def _text(self, prompt: Prompt, sampling: Sampling, sample: int) -> str:
        """Wait for the text of one sample; calls are made by at most ``concurrency`` workers."""
        loop = asyncio.get_running_loop()
        seed = None if sampling.seed is None else sampling.seed + sample
        job = _Job(prompt, sampling, seed, loop.create_future())
        self._jobs.append(job)
        if len(self._workers) < self._calls:
            self._workers.add(loop.create_task(self._work()))
        return await job.text

    async def _work(self) -> None:
        """Call the callable while there are samples that wait."""
        try:
            if self._shape.several:
                await asyncio.sleep(_GATHER_S)
            while batch := self._next_batch():
                await self._settle(batch)
        finally:
            # Here, not in a callback: between the last look and a callback a sample could come to wait.
            self._workers.discard(typing.cast("asyncio.Task[None]", asyncio.current_task()))

    async def _settle(self, batch: list[_Job]) -> None:
        try:
            texts = await self._call(batch)
        except PromptRefused as error:
            await self._settle_refused(batch, error)
        except CodeEvalError as error:
            _fail(batch, error)
        except asyncio.CancelledError:
            for job in batch:
                job.text.cancel()
            raise
        else:
            for job, text in zip(batch, texts, strict=True):
                if not job.text.done():
                    job.text.set_result(text)

    async def _settle_refused(self, batch: list[_Job], error: PromptRefused) -> None:
        """Find out which of several prompts is refused, by calling with each alone."""
        if len(batch) == 1:
            _fail(batch, error)
            return
        for job in batch:
            try:
                [text] = await self._call([job])
            except CodeEvalError as own:
                _fail([job], own)
            else:
                if not job.text.done():
                    job.text.set_result(text)

    def _next_batch(self) -> list[_Job]:
        """Take the oldest job, and those that can share its call."""
        self._jobs = [job for job in self._jobs if not job.text.done()]
        if not self._jobs:
            return []
        sampling = self._jobs[0].sampling
        stop = self._jobs[0].prompt.stop
        alike = [job for job in self._jobs if job.sampling == sampling and job.prompt.stop == stop]
        batch = alike[: self._batch_size]
        taken = set(map(id, batch))
        self._jobs = [job for job in self._jobs if id(job) not in taken]
        return batch

    async def _call(self, batch: list[_Job]) -> list[str]:
        contents = [self._content(job.prompt) for job in batch]
        keywords = self._keywords(batch)
        argument = contents if self._shape.several else contents[0]
        try:
            return self._checked(await self._result(argument, keywords), len(batch))
        except CodeEvalError:
            raise
        except Exception as error:
            raise ModelError(
                f"{self._name} raised {type(error).__name__}: {error}", "The exception is the callable's own."
            ) from error

    async def _result(self, argument: object, keywords: dict[str, object]) -> object:
        if self._is_async:
            result = self._function(argument, **keywords)
        else:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._calls, thread_name_prefix="codeeval-callable")
            function = functools.partial(self._function, argument, **keywords)
            call = functools.partial(contextvars.copy_context().run, _call_to_end, function)
            result = await asyncio.get_running_loop().run_in_executor(self._threads, call)
        return await result if inspect.isawaitable(result) else result

    def _content(self, prompt: Prompt) -> object:
        match self._shape.content:
            case Content.PROMPT:
                return prompt
            case Content.MESSAGES:
                return [
                    {"role": turn.role.value, "content": clean_text(turn.content)} for turn in prompt.messages
                ]
            case Content.TEXT:
                return clean_text(prompt.text) if prompt.style is PromptStyle.BASE else self._as_text(prompt)

    def _as_text(self, prompt: Prompt) -> str:
        if any(turn.role is Role.ASSISTANT for turn in prompt.messages):
            raise UsageError(
                f"{self._name} accepts texts, and the prompt of {prompt.task_id} is a conversation",
                "Annotate its first parameter with list[dict[str, str]].",
            )
        return clean_text("\n\n".join(turn.content for turn in prompt.messages))

    def _keywords(self, batch: list[_Job]) -> dict[str, object]:
        first = batch[0]
        sampling = first.sampling
        effort = sampling.reasoning_effort
        values: dict[str, object] = {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": token_limit(sampling),
            "stop": list(stop_sequences(first.prompt, sampling)),
            "reasoning_tokens": sampling.reasoning_tokens,
            "reasoning_effort": None if effort is None else effort.value,
            "sampling": msgspec.structs.replace(sampling, seed=None if self._shape.several else first.seed),
            "seed": first.seed,
            "seeds": [job.seed for job in batch],
        }
        return {name: value for name, value in values.items() if name in self._shape.keywords}

    def _checked(self, result: object, count: int) -> list[str]:
        expected = f"a list of {count} texts" if self._shape.several else "a text"
        if not self._shape.several:
            texts = [result]
        elif isinstance(result, str | bytes | dict) or not isinstance(result, collections.abc.Iterable):
            raise self._malformed(expected, type(result).__name__)
        else:
            texts = list(result)
            if len(texts) != count:
                raise self._malformed(expected, f"{len(texts)}")
        checked = [text for text in texts if isinstance(text, str)]
        if len(checked) < len(texts):
            other = next(text for text in texts if not isinstance(text, str))
            raise self._malformed(expected, type(other).__name__)
        return checked

    def _malformed(self, expected: str, actual: str) -> ModelError:
        return ModelError(f"{self._name} returned {actual} instead of {expected}", _SHAPES)

    def _note_unsupported(self, prompt: Prompt, sampling: Sampling) -> None:
        capabilities = self.info.capabilities
        if capabilities is None:
            return
        requested = {
            "temperature": sampling.temperature > 0,
            "top_p": sampling.top_p < 1,
            "seed": sampling.seed is not None,
            "reasoning": sampling.reasoning_tokens is not None or sampling.reasoning_effort is not None,
        }
        for name, given in requested.items():
            if given and getattr(capabilities, name) is Support.NO:
                self._tracker.record(f"{name} is not supported: the callable has no such parameter")
        if prompt.prefill and self._shape.content is not Content.PROMPT:
            self._tracker.record("prefill is not supported: prompts are sent without their prefill")

    async def aclose(self) -> None:
        """End what waits; a call that is running in a thread cannot be ended."""
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None


def qualified_name(function: Callable[..., object]) -> str:
    """Return ``module.qualname`` of a callable; of an instance, that of its class."""
    named: Any = function  # a function, a method, a class, a partial or any instance
    while isinstance(named, functools.partial):
        named = named.func
    if not hasattr(named, "__qualname__"):
        named = type(named)
    return f"{getattr(named, '__module__', None) or 'builtins'}.{named.__qualname__}"


def shape_of(function: Callable[..., object]) -> Shape:
    """Find out from a callable's parameters how it is called.

    Raises:
        UsageError: it has no parameter for the prompt, an annotation that is none of the known ones, or
            requires a parameter that it would not get.
    """
    name = qualified_name(function)
    parameters = _parameters(function)
    if parameters is None:  # some built-in callables do not state them
        return Shape(Content.TEXT, several=False, keywords=frozenset())
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    first = parameters[0] if parameters else None
    if first is None or first.kind not in (*positional, inspect.Parameter.VAR_POSITIONAL):
        raise UsageError(f"{name} has no parameter for the prompt", _SHAPES)
    several, content = _first_parameter(name, first)
    known = {"temperature", "top_p", "max_tokens", "stop", "reasoning_tokens", "reasoning_effort", "sampling"}
    known.add("seeds" if several else "seed")
    rest = [each for each in parameters if each is not first]
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    for each in rest:
        variable = each.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        accepted = each.kind in named and each.name in known
        if not accepted and not variable and each.default is inspect.Parameter.empty:
            raise UsageError(
                f"{name} requires the parameter {each.name!r}, which a model does not get",
                f"Give it a default; by name it gets {', '.join(sorted(known))}.",
            )
    return Shape(content, several, frozenset(each.name for each in rest if each.kind in named) & known)


def _parameters(function: Callable[..., object]) -> list[inspect.Parameter] | None:
    try:
        return list(inspect.signature(function, eval_str=True).parameters.values())
    except (NameError, SyntaxError, AttributeError, TypeError):  # an annotation for type checkers alone
        pass
    except ValueError:
        return None
    try:
        return list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        return None


def _first_parameter(name: str, parameter: inspect.Parameter) -> tuple[bool, Content]:
    annotation = parameter.annotation
    # Any: the user's, which states nothing
    vague = annotation in (inspect.Parameter.empty, Any, object, list)
    if not vague and not isinstance(annotation, str):
        found = _from_annotation(annotation)
        if found is None:
            raise UsageError(
                f"{name}: {inspect.formatannotation(annotation)} is no annotation for a prompt", _SHAPES
            )
        return found
    several, content = _BY_NAME.get(parameter.name, (False, "text"))
    if annotation is list and parameter.name not in _BY_NAME:
        raise UsageError(f"{name}: list may be prompts or a conversation", _SHAPES)
    return several, Content(content)


def _from_annotation(annotation: Any) -> tuple[bool, Content] | None:  # any type of the user's
    if content := _one(annotation):
        return False, content
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        found = map(_from_annotation, typing.get_args(annotation))
        return next((each for each in found if each is not None), None)
    item = _item(annotation)
    content = None if item is None else _one(item)
    return None if content is None else (True, content)


def _one(annotation: Any) -> Content | None:  # as above
    """Return what one prompt is, where an annotation is that of one prompt."""
    if annotation is str:
        return Content.TEXT
    if annotation is Prompt:
        return Content.PROMPT
    return Content.MESSAGES if _is_message(_item(annotation)) else None


def _is_message(item: Any) -> bool:  # as above
    """Whether a type is that of a chat message: a mapping, or a union of such as SDKs have it."""
    if typing.get_origin(item) in (typing.Union, types.UnionType):
        return any(map(_is_message, typing.get_args(item)))
    origin = typing.get_origin(item) or item
    return isinstance(origin, type) and issubclass(origin, collections.abc.Mapping)


def _item(annotation: Any) -> Any:  # as above
    """Return the type of a sequence's items; None where an annotation is no sequence."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    sequence = isinstance(origin, type) and issubclass(origin, collections.abc.Iterable)
    mapping = sequence and issubclass(origin, collections.abc.Mapping)
    return arguments[0] if sequence and not mapping and arguments else None


def _is_async(function: Callable[..., object]) -> bool:
    inner: Any = function  # as in qualified_name
    while isinstance(inner, functools.partial):
        inner = inner.func
    return inspect.iscoroutinefunction(inner) or inspect.iscoroutinefunction(getattr(inner, "__call__", None))  # noqa: B004


def _source_sha256(function: Callable[..., object]) -> str:
    """Hash a callable's source, so that a run is not resumed with another; empty where there is none."""
    inner: Any = function  # as in qualified_name
    while isinstance(inner, functools.partial):
        inner = inner.func
    try:
        code = inspect.getsource(inner if hasattr(inner, "__qualname__") else type(inner))
    except (OSError, TypeError):
        return ""
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()


def _capabilities(shape: Shape) -> Capabilities:
    def passed(*names: str) -> Support:
        return Support.UNKNOWN if shape.keywords & set(names) else Support.NO

    return Capabilities(
        temperature=passed("temperature", "sampling"),
        top_p=passed("top_p", "sampling"),
        seed=passed("seeds") if shape.several else passed("seed", "sampling"),
        n=Support.YES if shape.several else Support.WORKED_AROUND,
        stop=Support.WORKED_AROUND,
        prefill=Support.UNKNOWN if shape.content is Content.PROMPT else Support.NO,
        logprobs=Support.NO,
        reasoning=passed("reasoning_tokens", "reasoning_effort", "sampling"),
    )


def _call_to_end(function: Callable[[], object]) -> object:
    """Call a function, and do here what a generator would do later, in the event loop."""
    result = function()
    return list(result) if isinstance(result, collections.abc.Iterator) else result


def _fail(batch: Sequence[_Job], error: CodeEvalError) -> None:
    for job in batch:
        if not job.text.done():
            job.text.set_exception(error)
