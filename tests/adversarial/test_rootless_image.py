"""Debian's images built by an ordinary user without an engine: as tight as those of one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.sandboxing import NOBODY, SMALL_SANDBOX, open_python
from test_unpacked_image import check_reach

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.bubblewrap, pytest.mark.debootstrap, pytest.mark.slow]

BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
BUILD_S = 800.0


class OrdinaryUser:
    """Runs the command as a user who may nothing, with a home and a cache of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.cache = home / "cache"

    def run(self, *arguments: str) -> str:
        code = "from codeeval.cli.main import main; main()"
        env = {
            "HOME": str(self.home),
            "CODEEVAL_CACHE_DIR": str(self.cache),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        root = os.geteuid() == 0
        done = subprocess.run(
            [open_python(), "-c", code, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=BUILD_S,
            env=env,
            cwd=self.home,
            user=NOBODY if root else None,
            group=NOBODY if root else None,
            extra_groups=[] if root else None,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def user() -> Iterator[OrdinaryUser]:
    home = Path(tempfile.mkdtemp(prefix="codeeval-home-"))
    home.chmod(0o755)
    if os.geteuid() == 0:
        os.chown(home, NOBODY, NOBODY)
    try:
        yield OrdinaryUser(home)
    finally:
        shutil.rmtree(home)


@pytest.mark.timeout(1000)  # a mirror may be slow
def test_an_image_of_debian(user: OrdinaryUser) -> None:
    certificates = ["--ca-bundle", str(BUNDLE)] if BUNDLE.exists() else []
    built = json.loads(user.run("sandbox", "build", "python", "--rootless", *certificates, "--json"))
    assert [image["name"] for image in built] == ["python"]
    assert built[0]["image_id"].startswith("sha256:")
    assert {"python", "numpy"} <= built[0]["toolchain"].keys()
    checked = json.loads(user.run("sandbox", "check", "python", "--sandbox", "bubblewrap", "--json"))
    assert checked
    options = msgspec.structs.replace(SMALL_SANDBOX, images_dir=user.cache)
    check_reach("bubblewrap-rootless" if os.geteuid() == 0 else "bubblewrap", options)
