"""What a test may need beyond Python, each need with a plain reason where it is missing.

A test that carries a need's marker is skipped where the need is missing, and the run's last lines list
what was skipped and why. ``CODEEVAL_REQUIRE_<NEED>=1`` turns that skip into a failure: a machine that is
meant to have it all (``.ci/run``) cannot pass by skipping.
"""

from __future__ import annotations

import functools
import gc
import importlib.util
import os
import shutil
import warnings
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.browsing import chromium
from support.sandboxing import DOCKER, UNPACKED, UNPACKED_FOLDER, launcher
from support.warm_sandboxes import WarmSandboxes, in_turn

from codeeval import registry
from codeeval.config import load_settings
from codeeval.errors import CodeEvalError
from codeeval.interfaces import SandboxOptions
from codeeval.models.pull import weights_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATA_ROOT = "CODEEVAL_DATA_ROOT"
VERDICTS = "CODEEVAL_VERDICTS"
FSTAR_RECORDINGS = "CODEEVAL_FSTAR_RECORDINGS"
SURGE = "CODEEVAL_SURGE"
PUBLISHED = "CODEEVAL_PUBLISHED"

os.environ["CODEEVAL_CACHE"] = "off"  # tests must generate anew, and never touch the user's cache


def missing_docker() -> str:
    """Return why Docker tests cannot run here; empty if nothing is missing."""
    launcher = registry.launcher("docker")
    try:
        launcher.probe()
        launcher.describe(SandboxOptions(image="python"))
    except CodeEvalError as error:
        return f"no Docker: {error}"
    return ""


def missing_bubblewrap() -> str:
    """Return why bubblewrap tests cannot run here; empty if nothing is missing."""
    try:
        registry.launcher("bubblewrap").probe()
    except CodeEvalError as error:
        return f"no bubblewrap: {error}"
    return ""


def missing_folder(variable: str, what: str) -> str:
    """Return why the folder that a variable names cannot be used; empty if nothing is missing."""
    folder = os.environ.get(variable)
    if not folder:
        return f"{variable} is not set; it names {what}"
    if not Path(folder).is_dir():
        return f"{variable}={folder} is not a folder; it names {what}"
    return ""


def missing_model() -> str:
    """Return why tests with the embedded model cannot run here; empty if nothing is missing."""
    try:
        weights_path("smollm2", load_settings().cache_dir)
    except CodeEvalError as error:
        return f"no weights: {error}"
    return ""


def missing_debootstrap() -> str:
    """Return why Debian's base is not made here, which takes minutes; empty if it is."""
    if not shutil.which("debootstrap", path=f"{os.environ['PATH']}:/usr/sbin"):
        return "no debootstrap: install your distribution's package"
    if os.environ.get("CODEEVAL_REQUIRE_DEBOOTSTRAP", "") in ("", "0"):
        return "a build of Debian takes minutes: CODEEVAL_REQUIRE_DEBOOTSTRAP=1 has it tested"
    return ""


def missing_browser() -> str:
    """Return why browser tests cannot run here; empty if nothing is missing."""
    if (
        importlib.util.find_spec("playwright") is None
        or importlib.util.find_spec("axe_playwright_python") is None
    ):
        return "no playwright or axe-core: they are in the development extra"
    return "" if chromium() else "no Chromium: install your distribution's package, for example chromium"


def missing_hf() -> str:
    """Return why tests with transformers cannot run here; empty if nothing is missing."""
    lacking = [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]
    return f"no {' and no '.join(lacking)}: they are the extra hf" if lacking else ""


def missing_trainers() -> str:
    """Return why tests with trainers cannot run here; empty if nothing is missing."""
    lacking = [name for name in ("torch", "trl", "verl", "ray") if importlib.util.find_spec(name) is None]
    return f"no {' and no '.join(lacking)}: see tests/trainers.txt" if lacking else ""


def missing_readers() -> str:
    """Return why tests with other tools' own readers cannot run here; empty if nothing is missing."""
    lacking = [
        name
        for name in ("inspect_ai", "lm_eval", "every_eval_ever")
        if importlib.util.find_spec(name) is None
    ]
    return f"no {' and no '.join(lacking)}: see tests/readers.txt" if lacking else ""


def missing_trackers() -> str:
    """Return why tests with experiment trackers cannot run here; empty if nothing is missing."""
    lacking = [name for name in ("wandb", "mlflow") if importlib.util.find_spec(name) is None]
    return f"no {' and no '.join(lacking)}: see tests/readers.txt" if lacking else ""


NEEDS: dict[str, Callable[[], str]] = {
    "docker": missing_docker,
    "bubblewrap": missing_bubblewrap,
    "data": lambda: missing_folder(DATA_ROOT, "a folder that mirrors the Hub (dataset ids as subfolders)"),
    "verdicts": lambda: missing_folder(
        VERDICTS, "completions with the official evaluator's results, *.jsonl"
    ),
    "fstar_recordings": lambda: missing_folder(
        FSTAR_RECORDINGS, "recorded sessions of F*: problems.jsonl, negatives.jsonl, transcripts/"
    ),
    "published": lambda: missing_folder(
        PUBLISHED, "a folder of published outputs of models with their scores: cruxeval/, gsm8k/ ..."
    ),
    "surge": lambda: missing_folder(SURGE, "a folder with SURGE's ml.json, cl.json ..."),
    "unpacked": lambda: missing_folder(
        UNPACKED_FOLDER, "a cache folder into which `codeeval sandbox import` has unpacked images"
    ),
    "model": missing_model,
    "debootstrap": missing_debootstrap,
    "podman": lambda: "" if shutil.which("podman") else "no podman: install your distribution's package",
    "hf": missing_hf,
    "readers": missing_readers,
    "trackers": missing_trackers,
    "trainers": missing_trainers,
    "ray": lambda: "" if importlib.util.find_spec("ray") else "no ray: it is the extra ray",
    "browser": missing_browser,
}


@functools.cache
def missing(need: str) -> str:
    """Return why a need is not met, found out once a session; empty if it is met."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # a client that found no engine may leave its socket
        reason = NEEDS[need]()
        gc.collect()
    return " ".join(reason.split())


def demand(need: str) -> None:
    """Skip the running test where the need is missing, or fail it where this machine must have it."""
    reason = missing(need)
    if not reason:
        return
    variable = f"CODEEVAL_REQUIRE_{need.upper()}"
    if os.environ.get(variable, "") not in ("", "0"):
        pytest.fail(f"{reason} ({variable} is set, so this may not be skipped)", pytrace=False)
    pytest.skip(reason)


@functools.cache
def missing_image(name: str, sandbox: str) -> str:
    """Return why there is no sandbox of an image here; empty if nothing is missing."""
    try:
        launcher(sandbox).describe(SandboxOptions(image=name))
    except CodeEvalError as error:
        return " ".join(str(error).split())
    return ""


@pytest.fixture(scope="session")
def demand_image() -> Callable[..., None]:
    """A check that a kind of sandbox has an image: without it the test is skipped, or fails as for needs."""

    def check(name: str, sandbox: str = "docker") -> None:
        need = "docker" if sandbox == "docker" else "unpacked"
        demand(need)
        if reason := missing_image(name, sandbox):
            variable = f"CODEEVAL_REQUIRE_{need.upper()}"
            if os.environ.get(variable, "") not in ("", "0"):
                pytest.fail(f"{reason} ({variable} is set)", pytrace=False)
            pytest.skip(reason)

    return check


@pytest.fixture(scope="session", params=[DOCKER, UNPACKED])
def warm_sandboxes(request: pytest.FixtureRequest) -> Iterator[WarmSandboxes]:
    """The sandboxes that tests of one language share."""
    found = WarmSandboxes(request.param)
    yield found
    found.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of one language share a warm sandbox."""
    items[:] = in_turn(items)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Check a test's needs before its fixtures start."""
    for need in NEEDS:
        if item.get_closest_marker(need):
            demand(need)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what did not run here, grouped by reason."""
    by_reason: defaultdict[str, int] = defaultdict(int)
    for report in terminalreporter.stats.get("skipped", ()):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        by_reason[reason.removeprefix("Skipped: ")] += 1
    if not by_reason:
        return
    terminalreporter.section("not run on this machine")
    for reason, count in sorted(by_reason.items()):
        terminalreporter.write_line(f"{count:5} test{'s' if count > 1 else ' '}  {reason}")


@pytest.fixture(scope="session")
def data_root() -> Path:
    """A folder that mirrors the Hub, as users pass it with ``--data-root``."""
    demand("data")
    return Path(os.environ[DATA_ROOT]).resolve()


@pytest.fixture(scope="session")
def verdicts() -> Path:
    """The folder of completions that the official evaluator has judged."""
    demand("verdicts")
    return Path(os.environ[VERDICTS]).resolve()


@pytest.fixture(scope="session")
def fstar_recordings() -> Path:
    """The folder of recorded sessions of a real F*."""
    demand("fstar_recordings")
    return Path(os.environ[FSTAR_RECORDINGS]).resolve()


@pytest.fixture(scope="session")
def surge_root() -> Path:
    """The folder of SURGE's files, as users pass it with ``--data-root``."""
    demand("surge")
    return Path(os.environ[SURGE]).resolve()


@pytest.fixture(scope="session")
def weights() -> Path:
    """The pulled weights of the embedded model."""
    demand("model")
    return weights_path("smollm2", load_settings().cache_dir)
