"""How one OpenAI-compatible server is asked: for everything at first, then without what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval.interfaces import Capabilities, Support
from codeeval.models.openai.responses import Remedy
from codeeval.models.postprocessing import token_limit
from codeeval.models.text import stop_sequences

if TYPE_CHECKING:
    from codeeval.models.postprocessing import Findings
    from codeeval.types import Prompt, Sampling

_MOST_STOPS: Final = 4
AT_FIRST: Final = Capabilities(
    n=Support.UNKNOWN,
    stop=Support.WORKED_AROUND,
    reasoning=Support.WORKED_AROUND,
)
"""Texts are cut at every stop sequence here, and reasoning is limited together with the answer; of the rest
nothing is known before the server was asked."""
_DROPPED: Final = {
    Remedy.DROP_TEMPERATURE: ("temperature", "samples are drawn at the model's own temperature"),
    Remedy.DROP_TOP_P: ("top_p", "samples are drawn with the model's own"),
    Remedy.DROP_SEED: ("seed", "no sample can be drawn again"),
    Remedy.DROP_EFFORT: ("reasoning_effort", "the model reasons as long as it likes"),
}


class Requests:
    """Makes the bodies of requests.

    Args:
        findings: is told what the server takes and what it does not.
    """

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._max_tokens_name = "max_tokens"
        self._send_stop = True
        self._dropped: set[str] = set()
        self.single = False
        """Whether each sample needs a request of its own."""

    def body(self, prompt: Prompt, sampling: Sampling, samples: range) -> dict[str, object]:
        """Return all fields but the model and the prompt."""
        body: dict[str, object] = {
            "temperature": sampling.temperature,
            self._max_tokens_name: token_limit(sampling),
        }
        if sampling.top_p < 1:
            body["top_p"] = sampling.top_p
        if sampling.seed is not None:
            body["seed"] = sampling.seed + samples.start
        if len(samples) > 1:
            body["n"] = len(samples)
        if sampling.reasoning_effort is not None:
            body["reasoning_effort"] = sampling.reasoning_effort.value
        if stops := self.stops(prompt, sampling):
            body["stop"] = list(stops)
        return {name: value for name, value in body.items() if name not in self._dropped}

    def stops(self, prompt: Prompt, sampling: Sampling) -> tuple[str, ...]:
        """Return the stop sequences that are sent."""
        return stop_sequences(prompt, sampling)[:_MOST_STOPS] if self._send_stop else ()

    def adapt(self, remedy: Remedy) -> None:
        """Remember what the server does not take. Each can come up once: the field is not sent again."""
        match remedy:
            case Remedy.RENAME_MAX_TOKENS:
                self._max_tokens_name = "max_completion_tokens"
            case Remedy.SINGLE:
                self.ask_singly()
            case Remedy.DROP_STOP:
                self._send_stop = False
                self._findings.record("it refuses stop: texts are cut here, after they were paid for")
            case _:
                name, instead = _DROPPED[remedy]
                self._dropped.add(name)
                field = "reasoning" if remedy is Remedy.DROP_EFFORT else name
                self._findings.record(f"it refuses {name}: {instead}", **{field: Support.NO})

    def ask_singly(self) -> None:
        """Ask for one sample a request from now on."""
        self.single = True
        self._findings.record(n=Support.WORKED_AROUND)

    def cut_here(self) -> None:
        """Send no stop sequences from now on: one has ended the model's reasoning."""
        self._send_stop = False
        self._findings.record(
            "a stop sequence ended the model's reasoning: stop sequences are no longer sent, and cut the "
            "answers here"
        )
