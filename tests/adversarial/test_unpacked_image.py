"""An image without its engine: exported, unpacked, and as tight under bubblewrap as in a container."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.sandboxing import BUBBLEWRAP, ROOTLESS, SMALL_SANDBOX, boxed, program
from test_escapes import ASSAULTS, ATTEMPTS

from codeeval.languages import language
from codeeval.languages.self_tests import self_test_program
from codeeval.pipeline import Verifier
from codeeval.sandboxes import unpacked
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.docker
IMAGES = ("python", "bash")


@pytest.fixture(scope="module")
def folder(demand_image: Callable[[str], None]) -> Iterator[Path]:
    """Where the images are unpacked: a place that other users can read, as a launcher without root needs."""
    there = Path(tempfile.mkdtemp(prefix="codeeval-images-"))
    there.chmod(0o755)
    try:
        for name in IMAGES:
            demand_image(name)
            file = there / f"{name}{unpacked.SUFFIX}"
            unpacked.export(name, file)
            unpacked.unpack(file, there / "images")
            file.unlink()
        yield there / "images"
    finally:
        shutil.rmtree(there)


def check_reach(launcher: str, folder: Path) -> None:
    """Run every program that tries to escape, in the unpacked image of Python."""
    options = msgspec.structs.replace(SMALL_SANDBOX, images_dir=folder.parent)
    with boxed(launcher, options) as box:
        assert box.outcome("import os\nassert os.path.exists('/opt/codeeval/runner')") is Outcome.PASSED
        assert box.outcome("import os\nassert not os.path.exists('/opt/codeeval/bin')") is Outcome.PASSED
        for name, source in ATTEMPTS.items():
            verdict = box.judge(program(source))
            assert verdict.outcome is Outcome.PASSED, (name, verdict.detail, verdict.stderr)
        for name, (source, outcomes) in ASSAULTS.items():
            verdict = box.judge(program(source))
            assert verdict.outcome in outcomes, (name, verdict.detail, verdict.stderr)
        box.check_clean()


@pytest.mark.parametrize("launcher", [BUBBLEWRAP, ROOTLESS])
def test_programs_reach_no_further_than_in_a_container(launcher: str, folder: Path) -> None:
    check_reach(launcher, folder)


@pytest.mark.parametrize("launcher", [BUBBLEWRAP, ROOTLESS])
def test_a_language_of_an_image_runs_without_its_engine(launcher: str, folder: Path) -> None:
    bash = language("bash")
    options = msgspec.structs.replace(SMALL_SANDBOX, image="bash", images_dir=folder.parent)
    with boxed(launcher, options) as box:
        verifier = Verifier(box.pool)
        judged = {test.name: verifier.submit(self_test_program(bash, test)) for test in bash.self_tests}
        outcomes = {name: future.result().outcome for name, future in judged.items()}
    assert outcomes == {test.name: test.outcome for test in bash.self_tests}
