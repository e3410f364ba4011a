from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeeval.errors import UnknownName, UsageError
from codeeval.interfaces import ModelSpec
from codeeval.models.spec import canonical_spec, check_options, option_number, parse_spec
from codeeval.models.text import cut_at_stop, whole_turn
from codeeval.text import clean_text


@pytest.mark.parametrize(
    ("text", "backend", "name", "url"),
    [
        ("openai:gpt-4o-mini", "openai", "gpt-4o-mini", None),
        ("openai:NAME@http://localhost:8000/v1", "openai", "NAME", "http://localhost:8000/v1"),
        ("openai:a/b:free@x@https://h/v1/", "openai", "a/b:free@x", "https://h/v1"),
        ("openai:a@http://b@http://[::1]:8000/v1", "openai", "a@http://b", "http://[::1]:8000/v1"),
        ("local:smollm2", "local", "smollm2", None),
        ("local:/path/to.gguf", "local", "/path/to.gguf", None),
        (" my-plugin:x ", "my-plugin", "x", None),
    ],
)
def test_specs(text: str, backend: str, name: str, url: str | None) -> None:
    spec = parse_spec(text)
    assert spec == ModelSpec(backend=backend, name=name, base_url=url)
    assert parse_spec(canonical_spec(spec)) == spec


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("gpt-4o", "'gpt-4o'"),
        ("", "''"),
        (":x", "':x'"),
        ("openai:m@localhost:8000/v1", "openai:m@http://localhost:8000/v1"),
        ("openai:m@http://", "'openai:m@http://'"),
        ("openai:m@http://h:port/v1", "'openai:m@http://h:port/v1'"),
    ],
)
def test_malformed_specs(text: str, fact: str) -> None:
    with pytest.raises(UsageError, match=re.escape(fact)):
        parse_spec(text)


def test_a_canonical_spec_has_no_secret() -> None:
    spec = parse_spec("openai:m@https://me:secret@h:1/v1?api-key=secret#secret")
    assert canonical_spec(spec) == "openai:m@https://h:1/v1"


@given(st.text(alphabet=st.one_of(st.characters(), st.characters(categories=["Cs"]))))
def test_clean_text_is_utf8_and_changes_only_lone_surrogates(text: str) -> None:
    clean = clean_text(text)
    clean.encode("utf-8")
    assert clean_text(clean) == clean
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert clean == text


@given(st.text("ab\n"), st.lists(st.text("ab\n", min_size=1), max_size=4))
def test_a_cut_text_is_the_longest_start_without_stop(text: str, stops: list[str]) -> None:
    cut = cut_at_stop(text, tuple(stops))
    assert text.startswith(cut.text)
    assert not any(stop in cut.text for stop in stops)
    assert cut.stopped == any(stop in text for stop in stops)
    assert not cut.stopped or any(text.startswith(stop, len(cut.text)) for stop in stops)


def test_stops_inside_the_prefill_do_not_count() -> None:
    assert cut_at_stop("a\nb\nc", ("\n",), start=2).text == "a\nb"


def test_a_turn_begins_with_its_prefill_once() -> None:
    assert whole_turn("ab", "abc") == whole_turn("ab", "c") == "abc"


@pytest.mark.parametrize(
    ("text", "name", "options", "url"),
    [
        ("hf:a/b?revision=v1.0&dtype=float16", "a/b", {"revision": "v1.0", "dtype": "float16"}, None),
        ("ollama:q:7b?num_ctx=4096@http://h:1", "q:7b", {"num_ctx": "4096"}, "http://h:1"),
        ("openai:who?", "who?", {}, None),
        ("openai:m@http://h/v1?key=secret", "m", {}, "http://h/v1?key=secret"),
    ],
)
def test_options(text: str, name: str, options: dict[str, str], url: str | None) -> None:
    spec = parse_spec(text)
    assert (spec.name, spec.options, spec.base_url) == (name, options, url)
    assert "secret" not in canonical_spec(spec)
    if url is None:
        assert parse_spec(canonical_spec(spec)) == spec


def test_bad_options() -> None:
    spec = parse_spec("hf:a?revison=x&batch=0")
    with pytest.raises(UnknownName, match="revison") as caught:
        check_options(spec, ("revision", "batch"))
    assert "revision" in caught.value.remedy
    with pytest.raises(UsageError, match="batch=0"):
        option_number(spec, "batch", 4)
    assert option_number(spec, "context", 4) == 4
