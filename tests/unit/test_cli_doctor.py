"""``codeeval doctor`` without an engine: its report on a machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from codeeval import registry
from codeeval.cli.main import run_command
from codeeval.config import Settings
from codeeval.errors import DataError, SandboxError, UsageError
from codeeval.interfaces import DataSource
from codeeval.session import doctor
from codeeval.session.doctor import Check, Health, can_run, check_machine

if TYPE_CHECKING:
    from pathlib import Path

    from codeeval.interfaces import BenchmarkOptions, SandboxOptions


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
    monkeypatch.setattr(doctor, "network_trouble", lambda _patience_s: "")


def test_a_bare_machine_gets_remedies(
    bare: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEEVAL_CACHE_DIR", str(tmp_path))
    assert run_command(["doctor"]) == 1
    shown = capsys.readouterr().out
    for part in (
        "nothing here",
        "install something",
        "no rows",
        "pass --data-root",
        "codeeval models pull smollm2",
    ):
        assert part in shown


def test_json(bare: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["doctor", "--json"]) == 1
    checks = json.loads(capsys.readouterr().out)
    assert {"sandbox", "dataset", "model", "disk"} <= {check["area"] for check in checks}


class Asked:
    """A benchmark that remembers where its rows were to come from."""

    name = "asked"

    def __init__(self) -> None:
        self.sources: list[DataSource] = []

    def __call__(self, _options: object) -> Asked:
        return self

    def load(self, source: DataSource) -> object:
        self.sources.append(source)
        raise DataError("no rows", "pass --data-root")


@pytest.mark.parametrize("trouble", ["", "no answer within 2 s"])
def test_without_network_datasets_are_looked_for_offline(
    bare: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    asked = Asked()
    monkeypatch.setattr(registry, "benchmark_factory", lambda _name: asked)
    monkeypatch.setattr(doctor, "network_trouble", lambda _patience_s: trouble)
    checks = list(check_machine(Settings(cache_dir=tmp_path), DataSource()))
    (network,) = (check for check in checks if check.area == "network")
    assert network.health is (Health.MISSING if trouble else Health.WORKS)
    assert {source.offline for source in asked.sources} == {bool(trouble)}


def test_offline_makes_no_request(
    bare: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_patience_s: float) -> str:
        raise AssertionError("the network was used")

    asked = Asked()
    monkeypatch.setattr(registry, "benchmark_factory", lambda _name: asked)
    monkeypatch.setattr(doctor, "network_trouble", refuse)
    assert run_command(["doctor", "--offline", "--json"]) == 1
    assert {source.offline for source in asked.sources} == {True}
    assert not [check for check in json.loads(capsys.readouterr().out) if check["area"] == "network"]


class InVariants(Asked):
    """A benchmark that is nothing without a variant."""

    def __init__(self, *variants: str) -> None:
        super().__init__()
        self.variants = variants

    def __call__(self, options: BenchmarkOptions) -> InVariants:
        if not options.variant:
            raise UsageError("which?")
        self.name = f"asked:{options.variant}"
        return self


@pytest.mark.parametrize(("variants", "shown"), [(("cpp", "go"), {"asked:cpp"}), ((), set())])
def test_a_benchmark_that_needs_a_variant_is_checked_in_its_first(
    bare: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variants: tuple[str, ...], shown: set[str]
) -> None:
    monkeypatch.setattr(registry, "benchmark_factory", lambda _name: InVariants(*variants))
    checks = check_machine(Settings(cache_dir=tmp_path), DataSource())
    assert {check.name for check in checks if check.area == "dataset"} == shown


class Engine(NoLauncher):
    """An engine with the images of some languages, none of which may be started but Python's."""

    def __init__(self, name: str, built: set[str]) -> None:
        self.name = name
        self.built = built
        self.started: list[str] = []

    def probe(self) -> str:
        return "an engine"

    def describe(self, options: SandboxOptions) -> dict[str, str]:
        if options.image not in self.built:
            raise SandboxError("not built", "build it")
        return {}

    def launch(self, options: SandboxOptions) -> object:
        self.started.append(options.image)
        raise SandboxError("it does not start", "mend it")


@pytest.mark.parametrize(
    ("sandbox", "remedy"), [("docker", "sandbox build LANGUAGE, or"), ("bubblewrap", "--rootless")]
)
def test_images_of_languages_are_looked_up_without_starting_them(
    sandbox: str, remedy: str, bare: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(sandbox, {"python", "gcc"})
    monkeypatch.setattr(registry, "launcher", lambda name: engine if name == sandbox else NoLauncher())
    checks = list(check_machine(Settings(cache_dir=tmp_path), DataSource()))
    there, absent = (check for check in checks if check.area == f"languages {sandbox}")
    assert (there.health, absent.health) == (Health.WORKS, Health.MISSING)
    assert "cpp" in there.detail
    assert "rust" in absent.detail
    assert remedy in absent.remedy
    assert engine.started == ["python"]


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
