"""The files that deploy the service say what the command says, and are well-formed."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from codeeval.cli.serve import serve

FOLDER = Path(__file__).resolve().parents[2] / "containers" / "serve"
OPTIONS = {option for parameter in serve.params for option in parameter.opts}


def kubernetes() -> dict[str, Any]:
    documents = yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text("utf-8"))
    return {document["kind"]: document for document in documents}


def options_in(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


def test_the_compose_file_is_valid() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*command, str(FOLDER / "compose.yaml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_commands_have_options_that_exist() -> None:
    compose = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
    (container,) = kubernetes()["Deployment"]["spec"]["template"]["spec"]["containers"]
    unit = (FOLDER / "codeeval.service").read_text("utf-8")
    docker = (FOLDER / "service.Dockerfile").read_text("utf-8")
    entry = next(line for line in docker.splitlines() if line.startswith("ENTRYPOINT"))
    start = next(line for line in unit.splitlines() if line.startswith("ExecStart"))
    texts = (" ".join(compose["services"]["codeeval"]["command"]), " ".join(container["args"]), entry, start)
    for text in texts:
        assert options_in(text), text
        assert options_in(text) <= OPTIONS


def test_the_unit_is_valid() -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # keys as they are
    parser.read(FOLDER / "codeeval.service", encoding="utf-8")
    assert parser.sections() == ["Unit", "Service", "Install"]
    assert int(parser["Service"]["TimeoutStopSec"]) > 30  # beyond --drain
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(FOLDER / "codeeval.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = [line for line in done.stderr.splitlines() if "codeeval.service" in line]
    assert all("is not executable" in line for line in wrong), done.stderr


@pytest.mark.parametrize("document", kubernetes().values(), ids=lambda document: document["kind"])
def test_the_manifest_is_valid(document: dict[str, Any]) -> None:
    version = kubernetes_validate.latest_version()
    kubernetes_validate.validate(document, version, strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**document, "unknown": 1}, version, strict=True)


def test_the_manifest_fits_together() -> None:
    found = kubernetes()
    assert list(found) == ["Deployment", "Service", "HorizontalPodAutoscaler"]
    pod = found["Deployment"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    labels = found["Deployment"]["spec"]["selector"]["matchLabels"]
    assert labels.items() <= pod["metadata"]["labels"].items()
    assert found["Service"]["spec"]["selector"] == labels
    (port,) = container["ports"]
    assert found["Service"]["spec"]["ports"][0]["targetPort"] == port["name"]
    assert (container["readinessProbe"]["httpGet"], container["livenessProbe"]["httpGet"]) == (
        {"path": "/readyz", "port": "http"},
        {"path": "/healthz", "port": "http"},
    )
    target = found["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"]
    assert target == found["Deployment"]["metadata"]["name"]
    (metric,) = found["HorizontalPodAutoscaler"]["spec"]["metrics"]
    assert metric["pods"]["metric"]["name"] == "codeeval_queue"
    assert {each["name"] for each in container["volumeMounts"]} == {
        each["name"] for each in pod["spec"]["volumes"]
    }
