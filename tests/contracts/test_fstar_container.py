"""F* in a container: the launcher's commands to the engine work, with a script in F*'s place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codeeval.interfaces import SandboxOptions
from codeeval.provers.container import ContainerHost
from codeeval.provers.findings import Category
from codeeval.provers.fstar.checker import FStarChecker
from codeeval.provers.fstar.prover import FStar
from codeeval.provers.fstar.task import ProofTask
from codeeval.sandboxes import building, images

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = """
import json, os, sys
arguments = sys.argv[1:]
if "--version" in arguments: print("F* of a test"); sys.exit()
if "--help" in arguments: print("  --report_assumes [warn|error]"); sys.exit()
def send(**value): print(json.dumps({k.replace("_", "-"): v for k, v in value.items()}), flush=True)
send(kind="protocol-info", version=3, features=["push", "lookup"])
file = None
for line in sys.stdin:
    query = json.loads(line)
    status, response = "success", []
    if query["query"] == "vfs-add": file = query["args"]["contents"]
    if query["query"] == "push":
        code = query["args"]["code"]
        if code.startswith("module") and code != file: sys.exit("not the file's context")
        if "die" in code: sys.exit(1)
        if "wrong" in code:
            status, response = "failure", [{"level": "error", "message": repr(arguments), "number": 72}]
    if query["query"] == "lookup":
        place = {"fname": "<input>", "beg": [2, 4], "end": [2, 5]}
        response = [{"name": "M.f", "definition": "visible let f : int = 1", "defined-at": place}]
    send(kind="response", query_id=query["query-id"], status=status, response=response)
"""
TASK = ProofTask(file_name="M.fst", name="M.f", context="module M\n", statement="val f : int")

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    """An image that starts the script where the real one starts F*."""
    dockerfile = (
        f'FROM {images.tag("python")}\nCOPY fstar.py /fstar.py\nENTRYPOINT ["python3", "/fstar.py"]\n'
    )
    name = "codeeval-test/fstar:script"
    building._build(
        name, {"Dockerfile": dockerfile.encode(), "fstar.py": SCRIPT.encode()}, {}, lambda _line: None
    )
    yield name
    images.engine().remove_image(name, force=True)


def test_a_container_serves_candidates_and_leaves_nothing(
    image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "tag", lambda _name: image)
    host = ContainerHost(SandboxOptions(image="fstar", run_id="test-fstar"), 1 << 30)
    prover = FStar(host, "")
    assert prover.version == "F* of a test"
    checker = FStarChecker(prover)
    assert checker.check(TASK, "let f = 1", 20.0).category is Category.ACCEPTED
    finding = checker.check(TASK, "let f = wrong", 20.0)
    assert finding.category is Category.TYPE
    assert "--report_assumes" in finding.detail
    assert checker.starts == 1
    assert checker.check(TASK, "let f = die", 20.0).category is Category.UNPROVED
    checker.close()
    left = images.engine().containers(all=True, filters={"label": "io.codeeval.run=test-fstar"})
    assert [each for each in left if each["State"] == "running"] == []
