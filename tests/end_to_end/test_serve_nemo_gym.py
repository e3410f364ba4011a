"""The provider of sandboxes for NeMo Gym, with a double of its module in place of the package.

The double has the names and fields of nemo_gym/sandbox/providers/base.py that a provider uses.
"""

from __future__ import annotations

import dataclasses
import enum
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest
from support.serving import Served, serving

from codeeval.api.nemo_gym import CodeevalProvider
from codeeval.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.bubblewrap


class SandboxCreateError(RuntimeError):
    pass


class SandboxStatus(enum.StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"
    ERROR = "error"
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True)
class SandboxSpec:
    image: str | None = None
    workdir: str | None = None
    env: dict[str, str] = dataclasses.field(default_factory=dict)
    entrypoint: list[str] | None = None
    ports: tuple[int, ...] = ()


@dataclasses.dataclass
class SandboxHandle:
    sandbox_id: str
    provider_name: str
    raw: Any  # Any: the provider's own


@dataclasses.dataclass(frozen=True)
class SandboxExecResult:
    stdout: str | None
    stderr: str | None
    return_code: int
    error_type: str | None = None


@pytest.fixture(autouse=True)
def _double(monkeypatch: pytest.MonkeyPatch) -> None:
    providers = types.ModuleType("nemo_gym.sandbox.providers")
    base = types.ModuleType("nemo_gym.sandbox.providers.base")
    for each in (SandboxCreateError, SandboxStatus, SandboxHandle, SandboxExecResult):
        setattr(base, each.__name__, each)
    providers.base = base  # type: ignore[attr-defined] # as importing it does
    for module in (types.ModuleType("nemo_gym"), types.ModuleType("nemo_gym.sandbox"), providers, base):
        monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    arguments = ("--sandbox", "bubblewrap", "--workers", "1", "--max-sessions", "1")
    with serving(tmp_path_factory.mktemp("serve"), *arguments) as found:
        yield found


async def test_a_sandbox_from_its_start_to_its_end(served: Served, tmp_path: Path) -> None:
    provider = CodeevalProvider(served.url)
    handle = await provider.create(SandboxSpec(image="python", env={"GREETING": "it's"}))
    assert (handle.provider_name, await provider.status(handle)) == ("codeeval", SandboxStatus.RUNNING)

    source, target = tmp_path / "in.bin", tmp_path / "new" / "out.bin"
    source.write_bytes(bytes(range(256)))
    await provider.upload_file(handle, source, "d/in.bin")
    done = await provider.exec(
        handle, 'cat in.bin in.bin > out.bin; echo "$GREETING $WHO"; exit 3', cwd="d", env={"WHO": "me"}
    )
    assert (done.stdout, done.return_code, done.error_type) == ("it's me\n", 3, None)
    await provider.download_file(handle, "d/out.bin", target)
    assert target.read_bytes() == source.read_bytes() * 2

    late = await provider.exec(handle, "sleep 60", timeout_s=0.5)
    assert (late.return_code, late.error_type) == (125, "timeout")
    killed = await provider.exec(handle, "kill -9 $$")
    assert (killed.return_code, killed.error_type) == (-9, None)
    with pytest.raises(FileNotFoundError):
        await provider.download_file(handle, "nothing", target)
    for refused in (
        provider.upload_file(handle, source, "/etc/x"),
        provider.upload_file(handle, source, "../x"),
    ):
        with pytest.raises(UsageError):
            await refused
    for wrong in ({"user": "root"}, {"env": {"a b": "c"}}):
        with pytest.raises(ValueError, match=r"user|variable"):
            await provider.exec(handle, "true", **wrong)

    await provider.close(handle)
    assert await provider.status(handle) is SandboxStatus.STOPPED
    await provider.close(handle)
    await provider.aclose()


async def test_what_cannot_be_created(served: Served) -> None:
    provider = CodeevalProvider(served.url)
    for spec in (
        SandboxSpec(image="docker.io/library/x"),
        SandboxSpec(ports=(80,)),
        SandboxSpec(env={"=": ""}),
    ):
        with pytest.raises(ValueError, match=r"image|ports|variable"):
            await provider.create(spec)
    with pytest.raises(SandboxCreateError):
        await provider.create(SandboxSpec(image="cpp"))  # which this service has not
    await provider.aclose()
