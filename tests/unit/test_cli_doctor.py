"""``codeeval doctor`` without an engine: what it says of a machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from codeeval import registry
from codeeval.cli.main import run_command
from codeeval.config import Settings
from codeeval.errors import DataError, SandboxError
from codeeval.interfaces import DataSource
from codeeval.session import doctor
from codeeval.session.doctor import Check, Health, can_run, check_machine

if TYPE_CHECKING:
    from pathlib import Path


class NoLauncher:
    name = "none"

    def probe(self) -> str:
        raise SandboxError("nothing here", "install something")


def no_data(_options: object) -> object:
    raise DataError("no rows", "pass --data-root")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "launcher", lambda _name: NoLauncher())
    monkeypatch.setattr(registry, "benchmark_factory", lambda _name: no_data)


def test_a_bare_machine_is_told_what_would_help(
    bare: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEEVAL_CACHE_DIR", str(tmp_path))
    assert run_command(["doctor"]) == 1
    told = capsys.readouterr().out
    for part in (
        "nothing here",
        "install something",
        "no rows",
        "pass --data-root",
        "codeeval models pull smollm2",
    ):
        assert part in told
    assert "cannot run benchmarks yet" in told


def test_json(bare: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["doctor", "--json"]) == 1
    checks = json.loads(capsys.readouterr().out)
    assert {"sandbox", "dataset", "model", "disk"} <= {check["area"] for check in checks}


def test_nothing_missing_is_fatal_to_the_report(bare: None, tmp_path: Path) -> None:
    checks = list(check_machine(Settings(cache_dir=tmp_path / "not" / "there"), DataSource()))
    assert all(check.remedy for check in checks if check.health is Health.MISSING)


def test_a_full_disk_is_reported(bare: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LITTLE_DISK_BYTES", 1 << 62)
    checks = list(check_machine(Settings(cache_dir=tmp_path), DataSource()))
    assert {check.health for check in checks if check.area == "disk"} == {Health.MISSING}


@pytest.mark.parametrize(
    ("areas", "fine"),
    [
        (["dataset", "image in docker"], True),
        (["dataset", "sandbox"], False),
        (["image in bubblewrap"], False),
        ([], False),
    ],
)
def test_a_run_needs_a_sandbox_with_an_image_and_a_dataset(areas: list[str], *, fine: bool) -> None:
    checks = [Check(area=area, name="x", health=Health.WORKS, detail="") for area in areas]
    checks.append(Check(area="dataset", name="y", health=Health.MISSING, detail=""))
    assert can_run(checks) is fine
