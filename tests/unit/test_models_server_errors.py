"""What the errors of servers mean, in the words of many of them."""

from __future__ import annotations

import pytest

from codeeval.errors import ContextOverflow, ModelError, PromptRefused
from codeeval.interfaces import ModelSpec
from codeeval.models.server_errors import ErrorResponse, Parameter, ServerErrors, UnsupportedParameter
from codeeval.models.serving.pacing import Pacer, Transient

SENT = {Parameter.TEMPERATURE, Parameter.TOP_P, Parameter.STOP, Parameter.N, Parameter.SEED}


def errors() -> ServerErrors:
    spec = ModelSpec(backend="openai", name="m")
    return ServerErrors(Pacer("http://s", spec), "http://s", "m", "KEY")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ErrorResponse(429, "Too many tokens, please wait before trying again."), Transient),
        (ErrorResponse(429, "Request too large for m on tokens per min (TPM): Limit 30000"), Transient),
        (ErrorResponse(429, "Rate limit reached. Add a payment method at /account/billing."), Transient),
        (ErrorResponse(529, "Overloaded"), Transient),
        (ErrorResponse(500, "boom"), Transient),
        (ErrorResponse(408, "timeout"), Transient),
        (ErrorResponse(429, "You are broke.", "insufficient_quota"), ModelError),
        (ErrorResponse(400, "Your credit balance is too low"), ModelError),
        (ErrorResponse(402, "Payment required"), ModelError),
        (ErrorResponse(401, "no such key"), ModelError),
        (ErrorResponse(404, "no such model"), ModelError),
        (ErrorResponse(400, "prompt is too long: 250000 tokens > 200000 maximum"), ContextOverflow),
        (ErrorResponse(500, "the request exceeds the available context size"), ContextOverflow),
        (ErrorResponse(400, "no", "exceed_context_size_error"), ContextOverflow),
        (ErrorResponse(413, "Payload too large"), ContextOverflow),
        (ErrorResponse(400, "filtered by the content management policy"), PromptRefused),
        (ErrorResponse(400, "no", "content_filter"), PromptRefused),
        (ErrorResponse(400, "temperature: range: 0..1"), ModelError),
        (ErrorResponse(400, "max_tokens must be positive"), ModelError),
    ],
)
def test_classes(error: ErrorResponse, kind: type[Exception]) -> None:
    found = errors().classify(error, SENT)
    assert type(found) is kind


@pytest.mark.parametrize(
    ("error", "parameter"),
    [
        (ErrorResponse(400, "`temperature` is deprecated for this model."), Parameter.TEMPERATURE),
        (ErrorResponse(422, "Extra inputs are not permitted", param="seed"), Parameter.SEED),
        (ErrorResponse(400, "`temperature` and `top_p` cannot both be specified"), Parameter.TOP_P),
        (ErrorResponse(400, "Field 'n': must be 1"), Parameter.N),
        (ErrorResponse(400, "stop: at most 4 sequences"), Parameter.STOP),
    ],
)
def test_parameters(error: ErrorResponse, parameter: Parameter) -> None:
    found = errors().classify(error, SENT)
    assert isinstance(found, UnsupportedParameter)
    assert found.parameter is parameter
    assert type(errors().classify(error)) is ModelError, "nothing was sent that could be omitted"


def test_a_throttled_request_waits_as_long_as_the_server_states() -> None:
    found = errors().classify(ErrorResponse(429, "slow down", headers={"retry-after": "7"}))
    assert isinstance(found, Transient)
    assert (found.wait_s, found.throttled) == (7.0, True)


async def test_a_rejected_key_ends_all_later_requests() -> None:
    known = errors()
    known.classify(ErrorResponse(401, "no such key"))

    async def attempt() -> int:
        raise AssertionError

    with pytest.raises(ModelError, match="no such key"):
        await known.pacer.send(attempt)
