"""What a service is started with, and what it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codeeval.errors import UsageError
from codeeval.serve.metrics import Metrics
from codeeval.serve.settings import ServeSettings, read_token
from codeeval.types import Outcome

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org"])
def test_others_need_a_token(host: str) -> None:
    with pytest.raises(UsageError, match="token"):
        ServeSettings(host=host)
    assert ServeSettings(host=host, token="s" * 20).host == host
    assert "sss" not in repr(ServeSettings(host=host, token="s" * 20))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_machine_needs_none(host: str) -> None:
    assert ServeSettings(host=host).token == ""


@pytest.mark.parametrize("text", ["", "\n", "short", "with a \u00fcmlaut in it"])
def test_what_is_no_token(tmp_path: Path, text: str) -> None:
    file = tmp_path / "token"
    file.write_text(text)
    with pytest.raises(UsageError, match="token"):
        read_token(file)


def test_a_token_is_the_first_line(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("  0123456789abcdef0123\nnot this\n")
    assert read_token(file) == "0123456789abcdef0123"
    with pytest.raises(UsageError, match="missing"):
        read_token(tmp_path / "missing")


def test_metrics_are_prometheus_text() -> None:
    metrics = Metrics()
    metrics.judged("python", Outcome.PASSED, 0.02)
    metrics.judged("python", Outcome.PASSED, 3.0)
    metrics.judged("cpp", Outcome.TIMEOUT, 100.0)
    metrics.responded("/run_code", 200)
    lines = metrics.text({"codeeval_queue": ("Waiting.", 3)}).splitlines()
    assert "codeeval_queue 3" in lines
    assert 'codeeval_programs_total{language="python",outcome="PASSED"} 2' in lines
    assert 'codeeval_program_seconds_bucket{language="python",le="0.025"} 1' in lines
    assert 'codeeval_program_seconds_bucket{language="python",le="5.0"} 2' in lines
    assert 'codeeval_program_seconds_bucket{language="cpp",le="60.0"} 0' in lines
    assert 'codeeval_program_seconds_bucket{language="cpp",le="+Inf"} 1' in lines
    assert 'codeeval_program_seconds_count{language="python"} 2' in lines
    assert 'codeeval_responses_total{route="/run_code",status="200"} 1' in lines
