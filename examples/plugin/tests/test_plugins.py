"""The plug-ins do what codeeval asks of them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from codeeval_awk.benchmark import AwkFunctions
from codeeval_awk.language import AWK
from codeeval_awk.model import CommandModel

from codeeval.errors import ModelError, UsageError
from codeeval.interfaces import BenchmarkOptions, DataSource, ModelSpec
from codeeval.testing import check_benchmark, check_golden, check_language, check_model
from codeeval.types import PromptStyle, Sampling

SANDBOX = os.environ.get("SANDBOX", "")
"""``docker`` executes programs too; the image must be built."""
GOLDEN = Path(__file__).parents[1] / "golden" / "cases.jsonl"


@pytest.mark.parametrize("style", PromptStyle)
def test_benchmark(style: PromptStyle) -> None:
    check_benchmark(AwkFunctions, BenchmarkOptions(style=style), sandbox=SANDBOX)


def test_golden_file() -> None:
    check_golden(GOLDEN, sandbox=SANDBOX)


def test_language() -> None:
    check_language(AWK, sandbox=SANDBOX)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "model.sh"
    path.write_text("#!/bin/sh\nhead -c 20\nprintf ' %s' \"$MAX_TOKENS\" $1\n")
    path.chmod(0o755)
    return path


def test_model(program: Path) -> None:
    check_model(lambda: CommandModel(ModelSpec(backend="command", name=str(program))))


def test_model_options(program: Path) -> None:
    spec = ModelSpec(backend="command", name=str(program), options={"arg": "more"}, style=PromptStyle.BASE)
    model = CommandModel(spec)
    prompt = AwkFunctions(BenchmarkOptions(style=PromptStyle.BASE)).prompt(
        AwkFunctions(BenchmarkOptions()).load(DataSource()).problems[0]
    )
    (completion,) = asyncio.run(model.complete(prompt, Sampling(max_tokens=7), range(3, 4)))
    assert completion.sample == 3
    assert completion.text == f"{prompt.text[:20]} 7 more"
    with pytest.raises(UsageError):
        CommandModel(ModelSpec(backend="command", name=str(program), options={"nothing": "1"}))


def test_a_program_that_fails(program: Path) -> None:
    program.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    model = CommandModel(ModelSpec(backend="command", name=str(program)))
    benchmark = AwkFunctions(BenchmarkOptions())
    prompt = benchmark.prompt(benchmark.load(DataSource()).problems[0])
    with pytest.raises(ModelError, match="status 3: broken"):
        asyncio.run(model.complete(prompt, Sampling(), range(1)))
    with pytest.raises(ModelError, match="no program"):
        CommandModel(ModelSpec(backend="command", name=str(program) + "x"))
