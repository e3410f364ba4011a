"""An image without its engine: exported, unpacked, and as tight under bubblewrap as in a container.

Two images show it in every run of the tests. All tests that are parametrised with ``UNPACKED`` run on all
images where ``CODEEVAL_UNPACKED`` names a folder into which they were imported.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.sandboxing import SMALL_SANDBOX, UNPACKED_FOLDER, boxed, program
from test_escapes import ASSAULTS, ATTEMPTS
from test_warm_tools import HOSTILE

from codeeval.languages import SelfTest, language, self_test_program
from codeeval.pipeline import Verifier
from codeeval.sandboxes import unpacked
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codeeval.interfaces import SandboxOptions

pytestmark = [pytest.mark.docker, pytest.mark.bubblewrap]
IMAGES = ("python", "perl")
KINDS = ("unpacked", "unpacked-rootless")
ATTACKS = ("kills", "forges", "regains", "closes")


@pytest.fixture(scope="module", autouse=True)
def folder(demand_image: Callable[..., None]) -> Iterator[None]:
    """Unpacks the images in a place that other users can read, as a launcher without root needs."""
    there = Path(tempfile.mkdtemp(prefix="codeeval-images-"))
    there.chmod(0o755)
    patch = pytest.MonkeyPatch()
    patch.setenv(UNPACKED_FOLDER, str(there))
    try:
        for name in IMAGES:
            demand_image(name)
            file = there / f"{name}{unpacked.SUFFIX}"
            unpacked.export(name, file)
            unpacked.unpack(file, there / "images")
            file.unlink()
        yield
    finally:
        patch.undo()
        shutil.rmtree(there)


def check_reach(kind: str, options: SandboxOptions) -> None:
    """Run every program that tries to escape, in the unpacked image of Python."""
    with boxed(kind, options) as box:
        assert box.outcome("import os\nassert os.path.exists('/opt/codeeval/runner')") is Outcome.PASSED
        assert box.outcome("import os\nassert not os.path.exists('/opt/codeeval/bin')") is Outcome.PASSED
        for name, source in ATTEMPTS.items():
            verdict = box.judge(program(source))
            assert verdict.outcome is Outcome.PASSED, (name, verdict.detail, verdict.stderr)
        for name, (source, outcomes) in ASSAULTS.items():
            verdict = box.judge(program(source))
            assert verdict.outcome in outcomes, (name, verdict.detail, verdict.stderr)
        box.check_clean()


@pytest.mark.parametrize("kind", KINDS)
def test_programs_reach_no_further_than_in_a_container(kind: str) -> None:
    check_reach(kind, SMALL_SANDBOX)


@pytest.mark.parametrize("kind", KINDS)
def test_a_language_of_an_image_runs_without_its_engine(kind: str) -> None:
    """Its self-tests come out right after programs that attack what serves the next one."""
    perl = language("perl")
    attacks = [
        SelfTest(name=name, source=HOSTILE[perl.id][name], outcome=Outcome.PASSED, cpu_s=1.0)
        for name in ATTACKS
    ]
    with boxed(kind, msgspec.structs.replace(SMALL_SANDBOX, image="perl")) as box:
        verifier = Verifier(box.pool)
        tests = (*attacks, *perl.self_tests)
        judged = [verifier.submit(self_test_program(perl, test)) for test in tests]
        verdicts = {test.name: future.result() for test, future in zip(tests, judged, strict=True)}
    for name in ATTACKS:
        assert verdicts[name].outcome is not Outcome.SANDBOX_ERROR, name
        assert "root" not in verdicts[name].stdout
    outcomes = {test.name: verdicts[test.name].outcome for test in perl.self_tests}
    assert outcomes == {test.name: test.outcome for test in perl.self_tests}
