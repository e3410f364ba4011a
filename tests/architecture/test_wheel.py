"""The wheel carries every module, template, card, Dockerfile and runner file, and works without extras."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from support.distributions import build_distributions
from tree import files

from codeeval import __version__
from codeeval.bundles import closure
from codeeval.errors import SandboxError
from codeeval.sandboxes import bubblewrap

CARRIED = {".py", ".jinja", ".md", ".toml", ".jsonl", ".css", ".js", ".typed", ".in", ".sh", ".txt"}

CARRIED_WHOLE = {"containers", "golden", "references", "shipped", "stand_ins"}
"""Folders that are carried with all that is in them: programs in many languages."""


def carried(path: Path) -> bool:
    return path.suffix in CARRIED or path.name == "Dockerfile" or bool(CARRIED_WHOLE & {*path.parts})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel that was built from the sdist; that lies beside it."""
    return build_distributions(tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist"))


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


def test_wheel_and_sdist_are_what_an_index_takes(built: Path) -> None:
    both = sorted(map(str, built.parent.iterdir()))
    assert [Path(each).name for each in both] == [
        f"codeeval-{__version__}-py3-none-any.whl",
        f"codeeval-{__version__}.tar.gz",
    ]
    command = [sys.executable, "-m", "twine", "--no-color", "check", "--strict", *both]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASSED") == 2


def test_wheel_puts_nothing_beside_the_package(wheel: set[str]) -> None:
    assert {name.split("/")[0] for name in wheel if ".dist-info/" not in name} == {"codeeval"}
    assert any(name.endswith("licenses/LICENSE") for name in wheel)


class Installed(NamedTuple):
    """An environment of its own with the wheel and what it needs without extras, and nothing else."""

    bin: Path
    home: Path

    def run(self, *arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run the installed command on a machine that has no network and no settings."""
        path = [str(self.bin), "/usr/bin", "/bin"]
        nowhere = "http://127.0.0.1:9"
        with contextlib.suppress(SandboxError):
            path.append(str(Path(bubblewrap.find_bwrap()).parent))
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
    for found in closure([line.partition(": ")[2] for line in lines if line.startswith("Requires-Dist: ")]):
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
