"""Plans from YAML: what is read, and that every slip is named with its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from codeeval.errors import UsageError
from codeeval.gating import read_plan

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
alpha: 0.01
max_drop: 3pp
max_sandbox_errors: 0
checks:
  - baseline: baselines/humaneval
    candidate: runs/humaneval
  - candidate: /runs/mbpp
    baseline: baselines/mbpp
    max_drop: 0.05
    metrics: [pass@1, base.pass@10]
    min:
      pass@1: 0.6
  - candidate: runs/other
    min: {pass@1: 1}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "gate.yml"
    path.write_text(text, "utf-8")
    return path


def test_a_whole_plan_is_read(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path, WHOLE))
    assert (plan.alpha, plan.max_sandbox_errors) == (0.01, 0.0)
    first, second, third = plan.checks
    assert first.baseline == tmp_path / "baselines/humaneval"
    assert first.candidate == tmp_path / "runs/humaneval"
    assert (first.max_drop, first.metrics, first.least) == (0.03, ("pass@1",), {})
    assert str(second.candidate) == "/runs/mbpp"
    assert (second.max_drop, second.metrics, second.least) == (
        0.05,
        ("pass@1", "base.pass@10"),
        {"pass@1": 0.6},
    )
    assert (third.baseline, third.least) == (None, {"pass@1": 1.0})


def test_defaults(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path, "checks: [{baseline: a, candidate: b}]"))
    assert (plan.alpha, plan.max_sandbox_errors, plan.checks[0].max_drop) == (0.05, 0.01, 0.02)


@pytest.mark.parametrize(
    ("text", "line", "fact"),
    [
        ("", 0, "empty"),
        ("checks: [\n", 2, "YAML"),
        ("checks: []\n", 1, "check"),
        ("alpha: 0.05\n", 1, "`checks`"),
        ("- a\n", 1, "Expected `object`"),
        ("checks:\n- candidate: b\n", 2, "baseline"),
        ("checks:\n- baseline: a\n", 2, "`candidate`"),
        ("checks:\n- baseline: a\n  candidate: b\n  maxdrop: 2pp\n", 2, "`maxdrop`"),
        ("checks:\n- baseline: a\n  candidate: b\n  max_drop: 2%\n", 4, "'2%'"),
        ("checks:\n- baseline: a\n  candidate: b\n  max_drop: 7\n", 4, "7"),
        ("checks:\n- baseline: a\n  candidate: b\n  max_drop: [2]\n", 4, "max_drop"),
        ("checks:\n- baseline: a\n  candidate: b\n  metrics:\n  - pass@1\n  - speed\n", 5, "'speed'"),
        ("checks:\n- candidate: b\n  min:\n    pass@1: high\n", 4, "Expected `float`"),
        ("checks:\n- candidate: b\n  min:\n    pass@1: 60\n", 4, "60"),
        ("checks:\n- candidate: b\n  candidate: c\n", 3, "candidate"),
        ("checks:\n- candidate: 3\n", 2, "Expected `str`"),
        ("alpha: 0.7\nchecks: [{baseline: a, candidate: b}]\n", 1, "0.7"),
        ("max_drop: .nan\nchecks: [{baseline: a, candidate: b}]\n", 1, "nan"),
        ("max_sandbox_errors: 2\nchecks: [{baseline: a, candidate: b}]\n", 1, "between 0 and 1"),
        ("checks:\n- &a {candidate: b, min: {pass@1: 1}}\n- *a\n", 2, "aliases"),
        ("checks: !!python/object:os.system {}\n", 1, "Expected `array`"),
        ("alpha: !!python/name:os.system x\nchecks: []\n", 1, "cannot read"),
        ("alpha: 2026-99-99\nchecks: []\n", 1, "cannot read"),
    ],
)
def test_every_error_is_named_with_its_line(tmp_path: Path, text: str, line: int, fact: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as refused:
        read_plan(path)
    assert refused.value.message.startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert fact in refused.value.message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.yml"):
        read_plan(tmp_path / "absent.yml")
    with pytest.raises(UsageError, match=re.escape(f"{tmp_path}: ")):
        read_plan(tmp_path)
    (tmp_path / "binary.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"binary\.yml: .*UTF-8"):
        read_plan(tmp_path / "binary.yml")
    (tmp_path / "control.yml").write_bytes(b"checks: \x07\n")
    with pytest.raises(UsageError, match=r"control\.yml: .*YAML"):
        read_plan(tmp_path / "control.yml")
