"""The service's own image, built by the engine's classic builder, and requests that it answers."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from codeeval.sandboxes.building import BUILD_REMEDY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "codeeval/serve:test"
BASES = ("codeeval/base:trusting", "codeeval/base:trixie")
"""What ``codeeval sandbox build --bootstrap-base`` leaves; the first trusts further certificates."""
SOCKET = Path("/var/run/docker.sock")
TOKEN = "a-secret-of-this-test"
START_S = 120.0


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout.strip()


@pytest.fixture(scope="module")
def image() -> str:
    """The image, on the base that the sandboxes' images stand on; its layers stay for the next time."""
    known = docker("images", "--format", "{{.Repository}}:{{.Tag}}").splitlines()
    base = next((each for each in BASES if each in known), None)
    if base is None:
        pytest.skip(f"no base image here. {BUILD_REMEDY}")
    file = "containers/serve/service.Dockerfile"
    docker("build", "-q", "--build-arg", f"BASE={base}", "-f", str(ROOT / file), "-t", IMAGE, str(ROOT))
    return IMAGE


def confined() -> list[str]:
    """The options that take rights away in compose.yaml."""
    compose = yaml.safe_load((ROOT / "containers" / "serve" / "compose.yaml").read_text("utf-8"))
    service = compose["services"]["codeeval"]
    options = ["--read-only"] if service["read_only"] else []
    for name, values in (("--tmpfs", service["tmpfs"]), ("--cap-drop", service["cap_drop"])):
        options += [part for value in values for part in (name, value)]
    return options


@contextlib.contextmanager
def running(image: str, folder: Path, *arguments: str, options: tuple[str, ...]) -> Iterator[str]:
    """Run the image as compose.yaml does; yields its address."""
    token = folder / "token"
    token.write_text(TOKEN)
    token.chmod(0o644)
    secret = ("-v", f"{token}:/run/secrets/codeeval-token:ro", "-p", "127.0.0.1::8080")
    container = docker("run", "-d", *secret, *confined(), *options, image, *arguments)
    try:
        yield f"http://{docker('port', container, '8080').splitlines()[0]}"
    finally:
        docker("stop", "-t", "60", container)
        docker("rm", "-v", container)


def run_code(url: str, code: str) -> Any:
    """Ask for a program once the service answers."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    request = urllib.request.Request(f"{url}/run_code", json.dumps({"code": code}).encode(), headers)
    deadline = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def test_sandboxes_beside_it(image: str, tmp_path: Path, demand_image: Callable[[str], None]) -> None:
    demand_image("python")
    group = str(SOCKET.stat().st_gid)
    options = ("-v", f"{SOCKET}:{SOCKET}", "--group-add", group, "--security-opt", "no-new-privileges")
    arguments = ("--languages", "python", "--sandbox", "docker", "--workers", "1")
    with running(image, tmp_path, *arguments, options=options) as url:
        answer = run_code(url, "print(6 * 7)")
    assert (answer["status"], answer["run_result"]["stdout"]) == ("Success", "42\n")


def test_sandboxes_inside_it(image: str, tmp_path: Path) -> None:
    """bubblewrap's: no engine, and the rights that docs/serve.md states."""
    options = ("--security-opt", "seccomp=unconfined", "--security-opt", "systempaths=unconfined")
    arguments = ("--languages", "python", "--sandbox", "bubblewrap", "--workers", "1")
    with running(image, tmp_path, *arguments, options=options) as url:
        answer = run_code(url, "import os\nprint(6 * 7, os.path.exists('/run/secrets/codeeval-token'))")
    assert answer["run_result"]["stdout"] == "42 False\n"
