"""The example of a package with plug-ins installs beside codeeval, is found, and passes its own tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin"
CODEEVAL = ("-c", "from codeeval.cli.main import main; main()")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the package is installed into; nothing is fetched."""
    source = tmp_path_factory.mktemp("source") / "plugin"
    shutil.copytree(EXAMPLE, source)
    site = tmp_path_factory.mktemp("site")
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")
    python(None, "-m", "pip", "install", "--quiet", *offline, "--target", str(site), str(source))
    return site


def python(site: Path | None, *arguments: str, cwd: Path | None = None, **environment: str) -> str:
    """Run Python with the package on its path; returns what it prints."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    path = {"PYTHONPATH": str(site)} if site else {}
    done = subprocess.run(
        [sys.executable, *arguments],
        env=inherited | path | environment,
        cwd=cwd or EXAMPLE.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_codeeval_finds_all_of_it(site: Path) -> None:
    names = json.loads(python(site, *CODEEVAL, "list", "--json"))
    assert "awk-functions" in names["benchmarks"]
    assert "command" in names["models"]
    assert "awk" in names["languages"]
    assert "awk" in names["images"]
    assert {(each["package"], each["version"]) for each in names["plugins"]} == {("codeeval-awk", "1.0")}
    assert "awk-functions" not in python(None, *CODEEVAL, "list")


def test_its_protocol_is_explained(site: Path) -> None:
    assert "BEGIN" in python(site, *CODEEVAL, "explain", "awk-functions")


def test_its_own_tests_pass(site: Path, tmp_path: Path) -> None:
    copied = tmp_path / "plugin"
    for name in ("tests", "golden"):
        shutil.copytree(EXAMPLE / name, copied / name)
    assert " passed" in python(site, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", cwd=copied)


@pytest.fixture
def image(site: Path) -> None:
    """The package's image, without which tests are skipped or, where Docker is required, fail."""
    images = json.loads(python(site, *CODEEVAL, "sandbox", "list", "--json"))
    (awk,) = (each for each in images if each["name"] == "awk")
    if not awk["built"]:
        reason = "the image awk of examples/plugin is not built"
        if os.environ.get("CODEEVAL_REQUIRE_DOCKER", "") not in ("", "0"):
            pytest.fail(f"{reason} (CODEEVAL_REQUIRE_DOCKER is set)", pytrace=False)
        pytest.skip(reason)


@pytest.mark.docker
def test_its_own_tests_pass_in_sandboxes(site: Path, image: None, tmp_path: Path) -> None:
    copied = tmp_path / "plugin"
    for name in ("tests", "golden"):
        shutil.copytree(EXAMPLE / name, copied / name)
    command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert " passed" in python(site, *command, cwd=copied, SANDBOX="docker")


@pytest.mark.docker
def test_a_run_of_its_benchmark_on_its_backend_in_its_language(
    site: Path, image: None, tmp_path: Path
) -> None:
    model = tmp_path / "model.sh"
    model.write_text(
        "#!/bin/sh\nprintf '```awk\\nfunction gcd(a, b) { return b ? gcd(b, a %% b) : a }\\n```\\n'\n"
    )
    model.chmod(0o755)
    arguments = (
        "run",
        "awk-functions",
        "--model",
        f"command:{model}",
        "--out",
        str(tmp_path / "run"),
        "--json",
    )
    python(site, *CODEEVAL, *arguments)
    verdicts = [json.loads(line) for line in (tmp_path / "run" / "verdicts.jsonl").read_text().splitlines()]
    outcomes = {verdict["task_id"]: verdict["outcome"] for verdict in verdicts}
    assert outcomes.pop("awk/2") == "PASSED"
    assert set(outcomes.values()) == {"COMPILE_ERROR"}  # mawk finds that a function is never defined
