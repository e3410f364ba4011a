"""The Docker launcher's edges that need no engine."""

from __future__ import annotations

from unittest import mock

import docker.errors
import pytest
import requests

from codeeval.sandboxes import docker as module
from codeeval.sandboxes.docker import DockerLauncher


def swept(status: int, monkeypatch: pytest.MonkeyPatch) -> int:
    response = requests.Response()
    response.status_code = status
    client = mock.Mock()
    client.containers.return_value = [{"Id": "x", "Labels": {module.OWNER_LABEL: "somebody"}}]
    client.remove_container.side_effect = docker.errors.APIError("no", response=response)
    monkeypatch.setattr(module, "_alive", lambda _label: False)
    launcher = DockerLauncher()
    monkeypatch.setattr(launcher, "_client", lambda: client)
    return launcher.sweep()


@pytest.mark.parametrize("status", [404, 409])
def test_a_container_that_another_process_removes_is_no_error(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert swept(status, monkeypatch) == 0


def test_an_engine_that_fails_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(docker.errors.APIError):
        swept(500, monkeypatch)
