"""The Docker launcher's edges that need no engine."""

from __future__ import annotations

from unittest import mock

import docker.errors
import pytest
import requests

from codeeval.errors import SandboxError
from codeeval.interfaces import SandboxOptions
from codeeval.sandboxes import docker as module
from codeeval.sandboxes.docker import DockerLauncher


def refused(status: int) -> docker.errors.APIError:
    response = requests.Response()
    response.status_code = status
    return docker.errors.APIError("no", response=response)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> mock.Mock:
    """An engine with one container, whose codeeval has ended."""
    engine = mock.Mock()
    engine.containers.return_value = [{"Id": "x", "Labels": {module.OWNER_LABEL: "somebody"}}]
    engine.create_container.return_value = {"Id": "y"}
    monkeypatch.setattr(module, "_alive", lambda _label: False)
    monkeypatch.setattr(module.images, "engine", lambda: engine)
    return engine


@pytest.mark.parametrize("status", [404, 409, 500])
def test_a_container_that_is_not_removed_is_left_to_the_next_sweep(status: int, client: mock.Mock) -> None:
    client.remove_container.side_effect = refused(status)
    assert DockerLauncher().sweep() == 0


def test_a_sweep_counts_what_it_removes(client: mock.Mock) -> None:
    assert DockerLauncher().sweep() == 1


@pytest.mark.parametrize("error", [refused(500), requests.exceptions.ConnectionError("gone")])
def test_an_engine_that_fails_is_an_error_of_ours(error: Exception, client: mock.Mock) -> None:
    launcher = DockerLauncher()
    options = SandboxOptions(image="python", run_id="x")
    for method, call in (
        ("containers", launcher.sweep),
        ("version", launcher.probe),
        ("inspect_image", lambda: launcher.describe(options)),
        ("start", lambda: launcher.launch(options)),
    ):
        getattr(client, method).side_effect = error
        with pytest.raises(SandboxError, match="Docker cannot"):
            call()


def test_what_did_not_start_is_removed_and_the_first_error_counts(client: mock.Mock) -> None:
    client.start.side_effect = requests.exceptions.ReadTimeout("too slow")
    client.remove_container.side_effect = refused(500)
    with pytest.raises(SandboxError, match="start a sandbox: too slow"):
        DockerLauncher().launch(SandboxOptions(image="python", run_id="x"))
    client.remove_container.assert_called_once_with("y", force=True)
