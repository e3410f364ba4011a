"""Bundles: what a benchmark reads is found out and packed, and what arrives otherwise is refused."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib.metadata import PathDistribution, distribution
from pathlib import Path
from typing import TYPE_CHECKING

import datasets
import huggingface_hub
import msgspec
import pyarrow as pa
import pytest
import zstandard
from pyarrow import parquet

import codeeval
from codeeval.benchmarks.multipl_e.rows import dataset
from codeeval.bundles import Bundle, Member, archive, closure, extract, remake, write
from codeeval.cli.main import run_command
from codeeval.datasets import fetching, rows
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.interfaces import DataSource
from codeeval.session import bundling

if TYPE_CHECKING:
    from collections.abc import Callable

RUST = {
    "name": "HumanEval_0_one",
    "language": "rs",
    "prompt": "/// One.\nfn one() -> isize {\n",
    "doctests": "transform",
    "original": "HumanEval_0_one.py",
    "prompt_terminology": "reworded",
    "tests": "}\n\nfn main() {\n    assert_eq!(one(), 1);\n}\n",
    "stop_tokens": ["\n}"],
}


class Named(msgspec.Struct):
    task_id: str


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """A data root with a benchmark's rows, and a file that nobody reads."""
    folder = tmp_path / "hub" / dataset("humaneval-rs").id / "humaneval-rs"
    folder.mkdir(parents=True)
    parquet.write_table(pa.Table.from_pylist([RUST]), folder / "test.parquet")
    (folder / "train.parquet").write_bytes(b"not read")
    return tmp_path / "hub"


def small(tmp_path: Path, hub: Path, name: str = "small.tar.zst") -> Path:
    codeeval.bundle(
        "multipl-e:humaneval-rs",
        out=tmp_path / name,
        data_root=hub,
        with_images=False,
        with_wheels=False,
    )
    return tmp_path / name


def members(file: Path) -> dict[str, bytes]:
    raw = file.read_bytes()
    if file.suffix == ".zst":
        raw = zstandard.ZstdDecompressor().stream_reader(raw).read()
    with tarfile.open(fileobj=io.BytesIO(raw)) as opened:
        return {
            each.name.removeprefix(f"{archive.FOLDER}/"): (opened.extractfile(each) or io.BytesIO()).read()
            for each in opened
        }


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["small.tar.zst", "small.tar"])
def test_what_is_read_is_packed_and_read_again_elsewhere(name: str, tmp_path: Path, hub: Path) -> None:
    file = small(tmp_path, hub, name)
    (data,) = (each for each in members(file) if each.startswith("data/"))
    assert Path(data).name == "test.parquet", "the split that is read, and no other"
    assert not list(tmp_path.glob(".bundling-*"))
    done = codeeval.unbundle(file, data_root=tmp_path / "there")
    assert files(tmp_path / "there") == {data.removeprefix("data/"): members(file)[data]}
    (packed,) = done.bundle.benchmarks
    loaded = bundling.make_benchmark("multipl-e:humaneval-rs").load(
        bundling.DataSource(root=tmp_path / "there", offline=True, cache_dir=tmp_path / "cache")
    )
    assert (packed.rows, packed.sha256) == (1, loaded.identity.sha256)
    again = codeeval.unbundle(file, data_root=tmp_path / "there")
    assert again.bundle == done.bundle, "what is there already may be the same"


def test_what_comes_from_the_hub_is_packed_as_a_data_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODEEVAL_DATA_ROOT", raising=False)
    monkeypatch.setattr(fetching, "_revision_trouble", lambda *_: "")
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: datasets.Dataset.from_list([RUST]))
    made = codeeval.bundle(
        "multipl-e:humaneval-rs", out=tmp_path / "b.tar", with_images=False, with_wheels=False
    )
    ref = dataset("humaneval-rs")
    assert [each.path for each in made.bundle.members if each.path.startswith("data/")] == [
        f"data/{ref.id}/{ref.config}/test.parquet"
    ]


def test_files_of_the_hub_and_of_addresses_are_kept_where_a_data_root_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cached").write_text('{"task_id": "a"}\n')
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", lambda *_, **__: str(tmp_path / "cached"))
    source = DataSource(offline=True, keep=tmp_path / "keep", cache_dir=tmp_path / "cache")
    found = fetching.file_from_hub("owner/name", "deep/rows.jsonl", "main", source, "")
    assert found == tmp_path / "keep" / "owner" / "name" / "deep" / "rows.jsonl"
    monkeypatch.setattr(rows, "file_from_address", lambda *_: tmp_path / "cached")
    ref = rows.DatasetRef(
        id="other/name",
        config="default",
        revision="main",
        sha256={"test": ""},
        url="https://example.org/{split}.jsonl",
        files=("elsewhere.jsonl", "other/{split}.jsonl"),
    )
    fetched = rows.load_rows(ref, "test", source, Named)
    again = rows.load_rows(ref, "test", DataSource(root=tmp_path / "keep", offline=True), Named)
    assert again.rows == fetched.rows == (Named(task_id="a"),)
    assert again.identity.revision == "mirror"


def test_a_benchmark_of_a_package_has_no_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CODEEVAL_DATA_ROOT", raising=False)
    made = codeeval.bundle("humaneval", out=tmp_path / "b.tar.zst", with_images=False, with_wheels=False)
    assert [each.path for each in made.bundle.members] == ["SHA256SUMS", "INSTALL.txt"]
    assert made.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest()
    assert codeeval.unbundle(made.path).data_root is None


def test_sums_are_those_of_sha256sum(tmp_path: Path, hub: Path) -> None:
    subprocess.run(["tar", "-xf", small(tmp_path, hub, "b.tar")], cwd=tmp_path, check=True)
    folder = tmp_path / archive.FOLDER
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    assert "codeeval unbundle" in (folder / "INSTALL.txt").read_text()


def test_files_of_the_user_are_named_and_not_packed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text('{"prompt": "def one():\\n", "tests": "assert one() == 1"}\n')
    words = ["bundle", f"tasks:{tasks}", "--no-wheels", "--no-images", "--out", str(tmp_path / "b.tar")]
    assert run_command(words) == 2
    assert f"{tasks}, which lies outside of the data root" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tasks.jsonl"]


def test_an_extra_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"'sevre'(.|\n)*serve"):
        codeeval.bundle("humaneval", out=tmp_path / "b.tar", extras=["sevre"], with_images=False)
    assert not list(tmp_path.iterdir())


def test_nothing_named_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no benchmark is named"):
        codeeval.bundle(out=tmp_path / "b.tar")


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A bundle with other members."""
    found = members(file)
    change(found)
    with tarfile.open(file, "w") as out:
        for name, content in found.items():
            info = tarfile.TarInfo(name if name.startswith("/") else f"{archive.FOLDER}/{name}")
            info.size = len(content)
            out.addfile(info, io.BytesIO(content))
    return file


def manifest_with(**fields: object) -> Callable[[dict[str, bytes]], None]:
    def change(found: dict[str, bytes]) -> None:
        found["manifest.json"] = json.dumps({**json.loads(found["manifest.json"]), **fields}).encode()

    return change


def flipped(found: dict[str, bytes]) -> None:
    name = next(each for each in found if each.startswith("data/"))
    found[name] = found[name][:-1] + bytes([found[name][-1] ^ 1])


ESCAPE = {"path": "../escaped", "size_bytes": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
REFUSED: dict[str, Callable[[dict[str, bytes]], object]] = {
    "not as its manifest states": flipped,
    "more members than": lambda found: found.setdefault("data/more", b"x"),
    "cut off before": lambda found: found.pop(next(name for name in found if name.startswith("data/"))),
    "where its manifest has": lambda found: found.update({"INSTALL.txt": found.pop("INSTALL.txt")}),
    "no path of a bundle": manifest_with(members=[ESCAPE]),
    "malformed": manifest_with(members=[{"path": 3}]),
    "no member 'images/x'": manifest_with(images=[{"name": "x", "tag": "x", "path": "images/x"}]),
    "format 2": manifest_with(format=2),
    "made by codeeval 9.0": manifest_with(codeeval="9.0"),
    "no bundle of codeeval": lambda found: found.update({"first": found.pop("manifest.json")}),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_not_as_its_manifest_says_is_refused(
    message: str, tmp_path: Path, hub: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = rewritten(small(tmp_path, hub, "b.tar"), REFUSED[message])  # type: ignore[arg-type] # what changes return is not used
    root = tmp_path / "root"
    root.mkdir()
    assert run_command(["unbundle", str(file), "--data-root", str(root)]) == 4
    shown = capsys.readouterr().err
    assert message in shown
    assert file.name in shown
    assert not list(root.iterdir()), "nothing of it is used, and nothing is left behind"


def test_links_are_refused(tmp_path: Path, hub: Path) -> None:
    found = members(small(tmp_path, hub, "b.tar"))
    with tarfile.open(tmp_path / "b.tar", "w") as out:
        for name, content in found.items():
            info = tarfile.TarInfo(f"{archive.FOLDER}/{name}")
            if name.startswith("data/"):
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            else:
                info.size = len(content)
            out.addfile(info, io.BytesIO(content))
    with pytest.raises(DataError, match="where its manifest has"):
        codeeval.unbundle(tmp_path / "b.tar", data_root=tmp_path / "root")


@pytest.mark.parametrize("name", ["b.tar", "b.tar.zst"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_truncated_archive_is_refused(name: str, share: float, tmp_path: Path, hub: Path) -> None:
    file = small(tmp_path, hub, name)
    used = sum(512 + -(-len(content) // 512) * 512 for content in members(file).values())
    raw = file.read_bytes()
    file.write_bytes(raw[: int(share * min(len(raw), used))])
    with pytest.raises(DataError, match=file.name):
        codeeval.unbundle(file, data_root=tmp_path / "root")


@pytest.mark.parametrize("content", [b"", b"text\n" * 1000, b"\x28\xb5\x2f\xfdtext"])
def test_another_file_is_no_bundle(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "b.tar"
    file.write_bytes(content)
    with pytest.raises(DataError, match="no bundle"):
        codeeval.unbundle(file)
    with pytest.raises(DataError, match="no such file"):
        codeeval.unbundle(tmp_path / "none.tar")


def test_other_data_is_not_replaced(tmp_path: Path, hub: Path) -> None:
    file = small(tmp_path, hub)
    codeeval.unbundle(file, data_root=tmp_path / "root")
    (place,) = (path for path in (tmp_path / "root").rglob("*") if path.is_file())
    place.write_bytes(b"the user's own")
    with pytest.raises(DataError, match="differs"):
        codeeval.unbundle(file, data_root=tmp_path / "root")
    assert files(tmp_path / "root") == {str(place.relative_to(tmp_path / "root")): b"the user's own"}


def test_data_needs_a_root(tmp_path: Path, hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = small(tmp_path, hub)
    monkeypatch.delenv("CODEEVAL_DATA_ROOT", raising=False)
    with pytest.raises(UsageError, match="no data root"):
        codeeval.unbundle(file)


def test_a_file_that_changes_while_it_is_packed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"new")
    old = Member(path="file", size_bytes=3, sha256=hashlib.sha256(b"old").hexdigest())
    monkeypatch.setattr(archive, "digest_of", lambda _: old)
    with pytest.raises(DataError, match="changed"):
        write(tmp_path / "b.tar", Bundle(codeeval="1", python="3", platform="x"), {"file": file})
    assert not (tmp_path / "b.tar").exists()


def test_members_that_are_not_wanted_are_verified_too(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x")
    out = tmp_path / "b.tar"
    bundle = write(out, Bundle(codeeval="1", python="3", platform="x"), {"wheels/file": file})
    assert extract(out, lambda _: None) == bundle
    rewritten(out, lambda found: found.update({"wheels/file": b"y"}))
    with pytest.raises(DataError, match="wheels/file"):
        extract(out, lambda _: None)


def test_a_wheel_of_what_is_installed_installs_the_same(tmp_path: Path) -> None:
    made = [remake(each, tmp_path) for each in closure(["pyyaml", "bm25s"])]
    names = {each.name.lower() for each in made}
    assert {"pyyaml", "bm25s", "numpy"} <= names
    venv.create(tmp_path / "venv", symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    wanted = ["--no-index", "--no-compile", "--find-links", str(tmp_path), "pyyaml", "bm25s"]
    subprocess.run([*pip, "install", "-q", *wanted], check=True)
    code = "import yaml, bm25s, numpy; print(yaml.__with_libyaml__, numpy.arange(3).sum())"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "3"]
    command = (python.parent / "bm25").read_text().splitlines()[0]
    assert str(tmp_path) in command, "a command belongs to the Python that it is installed for"
    checked = subprocess.run([*pip, "check"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def installed(folder: Path, record: str, **texts: str) -> PathDistribution:
    info = folder / "thing-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nTag: py2-none-any\nTag: py3-none-any\n")
    (info / "RECORD").write_text(f"{record}\nthing-1.0.dist-info/METADATA,,\nthing-1.0.dist-info/RECORD,,\n")
    for name, text in texts.items():
        (info / name).write_text(text)
    return PathDistribution(info)


def test_scripts_and_data_beside_a_package_go_along(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3" / "site-packages"
    site.mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "share").mkdir()
    (site / "thing.py").write_text("")
    script = tmp_path / "bin" / "tool"
    script.write_text(f"#!{sys.executable}\nprint(1)\n")
    script.chmod(0o755)
    (tmp_path / "share" / "page").write_text("page")
    (tmp_path / "bin" / "made").write_text("made by the installer")
    record = "thing.py,,\n../../../bin/tool,,\n../../../bin/made,,\n../../../share/page,,"
    wheel = remake(
        installed(site, record, **{"entry_points.txt": "[console_scripts]\nmade = thing:main\n"}), tmp_path
    )
    assert wheel.path.name == "thing-1.0-py2.py3-none-any.whl"
    with zipfile.ZipFile(wheel.path) as opened:
        assert opened.read("thing-1.0.data/scripts/tool") == b"#!python\nprint(1)\n"
        assert opened.read("thing-1.0.data/data/share/page") == b"page"
        assert not [name for name in opened.namelist() if name.endswith("made")]


def test_a_changed_file_and_a_missing_record_are_named(tmp_path: Path) -> None:
    (tmp_path / "thing.py").write_text("changed")
    with pytest.raises(DataError, match=r"thing\.py is not as it was installed"):
        remake(installed(tmp_path, "thing.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0"), tmp_path)
    (tmp_path / "thing.py").unlink()
    (tmp_path / "thing-1.0.dist-info" / "RECORD").unlink()
    with pytest.raises(UsageError, match="no record"):
        remake(PathDistribution(tmp_path / "thing-1.0.dist-info"), tmp_path)


def test_a_link_to_a_source_tree_makes_no_wheel(tmp_path: Path) -> None:
    origin = json.dumps({"url": "file:///src", "dir_info": {"editable": True}})
    with pytest.raises(UsageError, match="link to a source tree"):
        remake(installed(tmp_path, "", **{"direct_url.json": origin}), tmp_path)


def test_what_is_not_installed_is_named_with_what_needs_it() -> None:
    with pytest.raises(UsageError, match="no-such-thing is not installed"):
        closure(["no-such-thing"])
    assert distribution("click").name in {each.name for each in closure(["codeeval"])}
