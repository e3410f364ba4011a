from __future__ import annotations

import functools
import json
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from support.logs import warnings_of

from codeeval import datasets
from codeeval.benchmarks.surge import rows
from codeeval.benchmarks.surge.rows import DATASET, NUMBERS, Subset, read_rows
from codeeval.errors import DataError
from codeeval.interfaces import DataSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZES = {"ml": 150, "cl": 150, "rl": 60, "sc": 150, "tc": 150, "bg": 150, "dr": 200, "fl": 150}


def raw(subset: Subset, **changes: Any) -> dict[str, Any]:  # Any: a row of a file
    slip = subset in (Subset.ML, Subset.CL, Subset.RL)
    return {
        "custom_categoey" if slip else "custom_category": NUMBERS[subset],
        "custom_features": {},
        "question": "print(1)",
        "gt": "1",
        "sys_0shot": "zero",
        "sys_3shot": "three",
        "sys_cot": "cot",
    } | changes


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for subset in Subset:
        (tmp_path / f"{subset}.json").write_text(json.dumps([raw(subset), raw(subset, gt="2")]))
    return tmp_path


def test_rows_are_named_by_their_file_and_place(files: Path) -> None:
    read = read_rows(DataSource(root=files, offline=True), [Subset.CL, Subset.FL])
    assert [row.task_id for row in read.rows] == [
        *("surge/cl/0", "surge/cl/1"),
        *("surge/fl/0", "surge/fl/1"),
    ]
    assert [row.subset for row in read.rows] == [Subset.CL] * 2 + [Subset.FL] * 2
    assert (read.identity.split, read.identity.rows) == ("cl+fl", 4)


@pytest.mark.parametrize("place", ["surge/dataset", "Imbernoulli/SURGE/dataset", "."])
def test_places_below_a_data_root(files: Path, tmp_path: Path, place: str) -> None:
    folder = tmp_path / "root" / place
    folder.mkdir(parents=True)
    (files / "ml.json").rename(folder / "ml.json")
    read = read_rows(DataSource(root=tmp_path / "root", offline=True), [Subset.ML])
    assert len(read.rows) == 2
    assert read.identity.revision == "mirror"


def test_features(files: Path) -> None:
    features = {"language": "java", "gt0": "1\n", "type": "None"}
    more = {"language": "cpp", "gt0": "1\n", "type": ["operation error"]}
    content = [raw(Subset.BG, custom_features=each) for each in (features, more)]
    (files / "bg.json").write_text(json.dumps(content))
    without, with_bugs = (
        row.features for row in read_rows(DataSource(root=files, offline=True), [Subset.BG]).rows
    )
    assert (without.type, without.bugs) == ("None", ())
    assert with_bugs.bugs == ("operation error",)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"gt": None}, "`$.gt`"),
        ({"custom_category": 7}, "category 7"),
        ({"custom_category": "8"}, "custom_category"),
        ({"custom_features": "{}"}, "custom_features"),
    ],
)
def test_a_bad_row_is_named(files: Path, change: dict[str, Any], field: str) -> None:
    (files / "fl.json").write_text(json.dumps([raw(Subset.FL), raw(Subset.FL, **change)]))
    with pytest.raises(DataError, match="row 1") as caught:
        read_rows(DataSource(root=files, offline=True))
    assert field in caught.value.message


@pytest.mark.parametrize("content", ["[", '{"a": 1}', "[1]", "\x00"])
def test_a_damaged_file_is_reported(files: Path, content: str) -> None:
    (files / "sc.json").write_text(content)
    with pytest.raises(DataError, match=r"sc\.json"):
        read_rows(DataSource(root=files, offline=True))


def test_offline_names_the_places_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = msgspec.structs.replace(DATASET, url="http://127.0.0.1:9/{revision}/{split}.json")
    monkeypatch.setattr(rows, "DATASET", nowhere)
    with pytest.raises(DataError, match=r"127\.0\.0\.1:9/") as caught:
        read_rows(DataSource(root=tmp_path, offline=True), [Subset.TC])
    assert "DIR/surge/dataset/tc.json" in caught.value.remedy
    with pytest.raises(DataError, match=r"127\.0\.0\.1:9/"):
        read_rows(DataSource(cache_dir=tmp_path), [Subset.TC])


@pytest.fixture
def server(files: Path) -> Iterator[ThreadingHTTPServer]:
    folder = files / "served" / DATASET.revision
    folder.mkdir(parents=True)
    (files / "dr.json").rename(folder / "dr.json")
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(files / "served"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_files_are_fetched_once_and_then_found_offline(
    server: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"http://127.0.0.1:{server.server_port}/{{revision}}/{{split}}.json"
    ref = msgspec.structs.replace(DATASET, url=url)
    monkeypatch.setattr(rows, "DATASET", ref)
    read = read_rows(DataSource(cache_dir=tmp_path / "cache"), [Subset.DR])
    assert (len(read.rows), read.identity.revision) == (2, DATASET.revision)
    server.shutdown()
    assert read_rows(DataSource(cache_dir=tmp_path / "cache", offline=True), [Subset.DR]) == read
    with pytest.raises(DataError):
        read_rows(DataSource(cache_dir=tmp_path / "other", offline=True), [Subset.DR])


@pytest.mark.surge
def test_the_published_rows(surge_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warned = warnings_of("codeeval.datasets.rows", monkeypatch)
    read = read_rows(DataSource(root=surge_root, offline=True))
    assert not warned  # every content hash is the pinned one
    counts = {subset.value: sum(row.subset is subset for row in read.rows) for subset in Subset}
    assert counts == SIZES
    assert all(row.features.fid for row in read.rows if row.subset in (Subset.SC, Subset.TC))
    assert all(row.features.key for row in read.rows if row.subset is Subset.DR)
    assert len({row.task_id for row in read.rows}) == 1160
    loaded = datasets.load_rows(DATASET, "fl", DataSource(root=surge_root), msgspec.defstruct("Any", []))
    assert loaded.identity == read_rows(DataSource(root=surge_root), [Subset.FL]).identity
