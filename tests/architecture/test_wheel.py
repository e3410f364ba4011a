"""The wheel carries every module, template, card, Dockerfile and runner file, and works without extras."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from packaging.requirements import Requirement
from tree import ROOT, files

from codeeval.errors import SandboxError
from codeeval.sandboxes import bubblewrap

if TYPE_CHECKING:
    from collections.abc import Iterator

CARRIED = {".py", ".jinja", ".md", ".toml", ".jsonl", ".css", ".js", ".typed", ".in", ".sh", ".txt"}

CARRIED_WHOLE = {"containers", "golden", "references", "shipped", "stand_ins"}
"""Folders that are carried with all that is in them: programs in many languages."""


def carried(path: Path) -> bool:
    return path.suffix in CARRIED or path.name == "Dockerfile" or bool(CARRIED_WHOLE & {*path.parts})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel that was built from a copy of the tree, so that nothing is left behind in it."""
    pytest.importorskip(
        "setuptools", "77", reason="building a wheel without network needs setuptools 77 here"
    )
    copy = tmp_path_factory.mktemp("source")
    target = tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("codeeval", "benchmarks", "containers", "sandboxes", "translators"):
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(target), str(copy)], check=True, capture_output=True)
    return next(target.glob("*.whl"))


@pytest.fixture(scope="module")
def wheel(built: Path) -> set[str]:
    """Names in the wheel."""
    return names(built)


def names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_wheel_carries_everything(wheel: set[str]) -> None:
    wanted = {str(path) for path in files() if carried(path)}
    assert wanted - wheel == set()


def test_every_file_of_the_package_is_of_a_kind_that_is_carried() -> None:
    assert not [path for path in files() if not carried(path)]


def test_wheel_puts_nothing_beside_the_package(wheel: set[str]) -> None:
    assert {name.split("/")[0] for name in wheel if ".dist-info/" not in name} == {"codeeval"}
    assert any(name.endswith("licenses/LICENSE") for name in wheel)


def needed(requirements: list[str], extra: str = "") -> Iterator[str]:
    """Names of the distributions that these requirements lead to, each as often as something needs it."""
    for line in requirements:
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        for wanted in ("", *requirement.extras):
            yield f"{requirement.name}[{wanted}]"


def closure(requirements: list[str]) -> set[str]:
    """All distributions that pip would install for these requirements."""
    seen: set[str] = set()
    pending = list(needed(requirements))
    while pending:
        each = pending.pop()
        if each not in seen:
            seen.add(each)
            name, _, extra = each.removesuffix("]").partition("[")
            pending += needed(distribution(name).requires or [], extra)
    return {each.partition("[")[0] for each in seen}


class Installed(NamedTuple):
    """An environment of its own with the wheel and what it needs without extras, and nothing else."""

    bin: Path
    home: Path

    def run(self, *arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run the installed command on a machine that has no network and no settings."""
        path = [str(self.bin), "/usr/bin", "/bin"]
        nowhere = "http://127.0.0.1:9"
        with contextlib.suppress(SandboxError):
            path.append(str(Path(bubblewrap._bwrap()).parent))
        done = subprocess.run(
            [self.bin / "codeeval", *map(str, arguments)],
            cwd=self.home,
            env={
                "HOME": str(self.home),
                "PATH": ":".join(path),
                "HF_ENDPOINT": nowhere,
                "HTTPS_PROXY": nowhere,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install the wheel; what it needs is linked from this environment, so that nothing is fetched."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", symlinks=True)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder / "venv")}))
    with zipfile.ZipFile(built) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        lines = archive.read(metadata).decode().splitlines()
    try:
        names = closure([line.partition(": ")[2] for line in lines if line.startswith("Requires-Dist: ")])
    except PackageNotFoundError as missing:
        pytest.fail(f"{missing.name} is not installed here")
    for name in names:
        found = distribution(name)
        for top in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            link = site / top
            if not link.exists():
                link.symlink_to(found.locate_file(top))
    command = [sys.executable, "-m", "pip", "--python", str(folder / "venv/bin/python"), "install"]
    subprocess.run([*command, "--no-deps", "--no-index", "--quiet", str(built)], check=True)
    home = folder / "home"
    home.mkdir()
    return Installed(folder / "venv" / "bin", home)


def test_the_installed_command_shows_its_help(installed: Installed) -> None:
    assert "Usage: codeeval" in installed.run("--help").stdout
    where = subprocess.run(
        [installed.bin / "python", "-c", "import codeeval; print(codeeval.__file__)"],
        cwd=installed.home,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert Path(where).is_relative_to(installed.bin.parent), "this tree, not the wheel"


@pytest.mark.bubblewrap
def test_the_doctor_finds_that_an_install_without_extras_can_run(installed: Installed) -> None:
    checks = json.loads(installed.run("doctor", "--offline", "--json").stdout)
    health = {(check["area"], check["name"]): check["health"] for check in checks}
    assert health["dataset", "humaneval"] == health["sandbox", "bubblewrap"] == "works"
    assert health["model", "local"] == health["dataset", "surge"] == "missing"


@pytest.mark.bubblewrap
def test_an_install_without_extras_runs_and_reports(installed: Installed) -> None:
    sandbox = ("--sandbox", "bubblewrap")
    installed.run(
        "run", "humaneval", "--model", "reference:", "--limit", 5, *sandbox, "--out", "run", "--json"
    )
    metrics = json.loads((installed.home / "run" / "metrics.json").read_text())
    assert metrics["outcomes"]["PASSED"] == metrics["samples"] == 5
    installed.run("report", "run", "--out", "report.html", "--charts", "charts")
    assert "HumanEval/4" in (installed.home / "report.html").read_text("utf-8")
    assert list((installed.home / "charts").iterdir())


@pytest.mark.parametrize("name", ["surge:ml", "mbpp", "lean"])
def test_missing_extras_and_network_are_reported(installed: Installed, name: str) -> None:
    done = installed.run("run", name, "--model", "reference:", "--out", "none", code=4)
    assert "--data-root" in done.stderr
