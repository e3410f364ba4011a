"""The run directory: what it keeps, refuses and repairs."""

from __future__ import annotations

import errno
import multiprocessing
import os
import re
import resource
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from pipeline_fakes import FakeBenchmark, FakeModel, fake_config

from codeeval.errors import DataError, RunMismatch, StorageError, UsageError
from codeeval.interfaces import BenchmarkOptions
from codeeval.records import RUN, NodeRecord, RunDirectory, SandboxInfo, write_atomically, writing
from codeeval.records.config import read_config
from codeeval.types import Completion, CompletionKind, LimitOptions, Outcome, Verdict

if TYPE_CHECKING:
    from codeeval.records import RunConfig

TASKS = FakeBenchmark(4)
ORDER = [problem.task_id for problem in TASKS.problems]
PLAN = {"Fake/0": 2, "Fake/2": 3}


def config(plan: dict[str, int] = PLAN) -> RunConfig:
    return fake_config(TASKS, FakeModel(), plan)


def completion(task: str, sample: int, text: str = "pass") -> Completion:
    return Completion(task_id=task, sample=sample, text=text, kind=CompletionKind.ANSWER)


def verdict(task: str, sample: int, outcome: Outcome = Outcome.PASSED) -> Verdict:
    return Verdict(
        task_id=task,
        sample=sample,
        outcome=outcome,
        detail="",
        rule="whole",
        wall_s=1.0,
        cpu_s=0.5,
        peak_rss_bytes=3,
    )


def create(path: Path, frozen: RunConfig | None = None) -> RunDirectory:
    return RunDirectory.create(path, frozen or config(), ORDER)


def test_samples_are_numbered_in_the_order_of_the_plan(tmp_path: Path) -> None:
    with create(tmp_path) as run:
        keys = [("Fake/0", 0), ("Fake/0", 1), ("Fake/2", 0), ("Fake/2", 1), ("Fake/2", 2)]
        assert run.samples == 5
        assert [run.key(i) for i in range(5)] == keys
        assert [run.index(*key) for key in keys] == [0, 1, 2, 3, 4]
        assert run.index("Fake/0", 2) is run.index("Fake/1", 0) is run.index("Fake/0", -1) is None


def test_a_record_is_on_disk_when_the_call_returns(tmp_path: Path) -> None:
    with create(tmp_path) as run:
        run.add_completion(completion("Fake/2", 1))
        run.add_verdict(verdict("Fake/2", 1))
        lines = (tmp_path / "verdicts.jsonl").read_text().splitlines()
        assert len(lines) == 1
        assert lines[0].startswith('{"schema":2,"task_id":"Fake/2","sample":1,"outcome":"PASSED"')
        for field in ("detail", "wall_s", "cpu_s", "peak_rss_bytes"):
            assert field in msgspec.json.decode(lines[0])
        assert run.completion(3) == completion("Fake/2", 1)
        assert run.verdict(3) == verdict("Fake/2", 1)
        assert run.outcome(3) is Outcome.PASSED
        assert run.outcome(2) is None


@pytest.mark.parametrize(
    "text",
    ["", "\x00\x01", "a\r\nb\rc", "x" * 16_384, "x" * 10_000_000, "é\u2028\U0001f600", "\\n\n\"'"],
    ids=["empty", "nul", "newlines", "chunk", "10 MB", "unicode", "quotes"],
)
def test_any_text_comes_back_as_it_was(tmp_path: Path, text: str) -> None:
    with create(tmp_path) as run:
        run.add_completion(completion("Fake/0", 1, text))
        run.add_completion(completion("Fake/0", 0, "after"))
        assert run.completion(1).text == text
    with create(tmp_path) as run:
        assert run.completion(1).text == text
        assert run.completion(0).text == "after"


def test_lone_surrogates_are_replaced(tmp_path: Path) -> None:
    with create(tmp_path) as run:
        run.add_completion(completion("Fake/0", 0, "a\ud800b\U0001f600"))
        assert run.completion(0).text == "a\ufffdb\U0001f600"


def test_the_last_record_of_a_sample_counts_and_sorting_drops_the_others(tmp_path: Path) -> None:
    with create(tmp_path) as run:
        for task, sample in (("Fake/2", 0), ("Fake/0", 1), ("Fake/0", 0)):
            run.add_completion(completion(task, sample))
            run.add_verdict(verdict(task, sample, Outcome.SANDBOX_ERROR))
        run.add_verdict(verdict("Fake/0", 0, Outcome.TIMEOUT))
        run.finish()
    lines = (tmp_path / "verdicts.jsonl").read_text().splitlines()
    assert [msgspec.json.decode(line)["outcome"] for line in lines] == [
        "TIMEOUT",
        "SANDBOX_ERROR",
        "SANDBOX_ERROR",
    ]
    with RunDirectory.open(tmp_path) as run:
        assert [(v.task_id, v.sample) for v in run.verdicts()] == [
            ("Fake/0", 0),
            ("Fake/0", 1),
            ("Fake/2", 0),
        ]
        assert [(c.task_id, c.sample) for c in run.completions()] == [
            ("Fake/0", 0),
            ("Fake/0", 1),
            ("Fake/2", 0),
        ]
    assert {file.name for file in tmp_path.iterdir()} == {
        "run.json",
        "completions.jsonl",
        "verdicts.jsonl",
        ".lock",
    }


def test_a_torn_last_line_is_cut_off_by_a_writer_and_ignored_by_a_reader(tmp_path: Path) -> None:
    with create(tmp_path) as run:
        run.add_completion(completion("Fake/0", 0))
        run.add_completion(completion("Fake/0", 1))
    file = tmp_path / "completions.jsonl"
    whole = file.read_bytes()
    torn = whole[:-1]
    file.write_bytes(torn)
    with RunDirectory.open(tmp_path) as run:
        assert [run.has_completion(i) for i in range(3)] == [True, False, False]
    assert file.read_bytes() == torn, "a reader changes nothing"
    with create(tmp_path) as run:
        assert not run.has_completion(1)
        assert file.read_bytes() == whole.splitlines(keepends=True)[0]
        run.add_completion(completion("Fake/0", 1))
    assert file.read_bytes() == whole


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{not json\n", "completions.jsonl:2: "),
        (b"\xff\xfe\n", "completions.jsonl:2: "),
        (b"\n", "completions.jsonl:2: "),
        (b'{"schema":2,"task_id":"Fake/0","sample":"x"}\n', "completions.jsonl:2: "),
        (
            b'{"schema":3,"task_id":"Fake/0","sample":1,"text":"","kind":"answer"}\n',
            "completions.jsonl:2: schema 3",
        ),
        (
            b'{"schema":2,"task_id":"Other/7","sample":1,"text":"","kind":"answer"}\n',
            "completions.jsonl:2: sample 1 of 'Other/7'",
        ),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: bytes, message: str) -> None:
    with create(tmp_path) as run:
        run.add_completion(completion("Fake/0", 0))
        run.add_completion(completion("Fake/0", 1))
    file = tmp_path / "completions.jsonl"
    first, second = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(first + line + second)
    for attempt in (create, RunDirectory.open):
        with pytest.raises(DataError, match=message) as caught:
            attempt(tmp_path)
        assert caught.value.remedy
    assert file.read_bytes() == first + line + second
    file.write_bytes(first + second)
    create(tmp_path).close()


def test_a_verdict_without_its_completion_does_not_count(tmp_path: Path) -> None:
    with create(tmp_path) as run:
        run.add_completion(completion("Fake/0", 0))
        run.add_verdict(verdict("Fake/0", 0))
    (tmp_path / "completions.jsonl").write_bytes(b"")
    with RunDirectory.open(tmp_path) as run:
        assert run.outcome(0) is Outcome.PASSED, "a reader can score verdicts alone"
    with create(tmp_path) as run:
        assert run.outcome(0) is None
        run.add_completion(completion("Fake/0", 0))
        run.add_verdict(verdict("Fake/0", 0, Outcome.TIMEOUT))
        run.finish()
    assert (tmp_path / "verdicts.jsonl").read_bytes().count(b"\n") == 1


def test_run_json_comes_back(tmp_path: Path) -> None:
    frozen = msgspec.structs.replace(
        config(), options=BenchmarkOptions(shots=3, template=Path("/x/y.jinja")), command=("codeeval", "run")
    )
    create(tmp_path, frozen).close()
    with RunDirectory.open(tmp_path) as run:
        assert run.config == frozen
    stored = msgspec.json.decode((tmp_path / "run.json").read_bytes())
    assert stored["schema"] == 2
    assert stored["options"]["template"] == "/x/y.jinja"


def test_whole_numbers_are_the_same_with_and_without_a_point(tmp_path: Path) -> None:
    """What a caller gives as 0 and 5 is read back as 0.0 and 5.0."""
    here = config()
    here = msgspec.structs.replace(
        here,
        sampling=msgspec.structs.replace(here.sampling, temperature=0),
        limit_options=LimitOptions(cpu_s=5),
        sandbox=SandboxInfo(launcher="x"),
    )
    for _ in range(2):
        create(tmp_path, here).close()
    with pytest.raises(RunMismatch, match="cpu_s"):
        create(tmp_path, msgspec.structs.replace(here, limit_options=LimitOptions(cpu_s=6)))


def test_all_differing_settings_are_listed(tmp_path: Path) -> None:
    create(tmp_path).close()
    before = (tmp_path / "run.json").read_bytes()
    here = config()
    here = msgspec.structs.replace(
        here,
        sampling=msgspec.structs.replace(here.sampling, temperature=0.8),
        settings={"split": "train", "shots": "3"},
        created="later",
        command=("other",),
        pool_size=9,
        model=msgspec.structs.replace(here.model, concurrency=99, max_n=1),
    )
    with pytest.raises(RunMismatch) as caught:
        create(tmp_path, here)
    named = [line.split(": ", 1) for line in caught.value.message.splitlines()[1:]]
    assert [name.strip() for name, _ in named] == ["sampling.temperature", "settings.shots", "settings.split"]
    expected = (["0.8"], ['"3"'], ['"test"', '"train"'])
    assert [re.findall(r'"\w+"|\d\S*', values) for _, values in named] == list(expected)
    assert caught.value.exit_code == 2
    assert (tmp_path / "run.json").read_bytes() == before
    create(tmp_path).close()


def test_a_plan_grows_in_dataset_order_and_keeps_what_was_done(tmp_path: Path) -> None:
    with create(tmp_path) as run:
        run.add_completion(completion("Fake/2", 2))
        run.add_verdict(verdict("Fake/2", 2))
    with create(tmp_path, config({"Fake/1": 1, "Fake/2": 1, "Fake/0": 5})) as run:
        assert run.config.plan == {"Fake/0": 5, "Fake/1": 1, "Fake/2": 3}
        assert list(run.config.plan) == ["Fake/0", "Fake/1", "Fake/2"]
        assert run.outcome(8) is Outcome.PASSED
        assert run.completion(8) == completion("Fake/2", 2)


def test_the_sandbox_is_filled_in_once_and_then_fixed(tmp_path: Path) -> None:
    create(tmp_path).close()
    docker = SandboxInfo(launcher="docker", description={"image": "sha256:1"})
    for _ in range(2):
        with create(tmp_path, msgspec.structs.replace(config(), sandbox=docker)) as run:
            assert run.config.sandbox == docker
    with create(tmp_path) as run:
        assert run.config.sandbox == docker
    other = SandboxInfo(launcher="docker", description={"image": "sha256:2"})
    with pytest.raises(RunMismatch, match=r'sandbox\.description\.image: "sha256:1" there, "sha256:2" here'):
        create(tmp_path, msgspec.structs.replace(config(), sandbox=other))


def test_a_run_may_be_resumed_on_other_nodes_and_names_all(tmp_path: Path) -> None:
    here = SandboxInfo(launcher="docker", description={"image": "sha256:1"})
    with create(tmp_path, msgspec.structs.replace(config(), sandbox=here)) as run:
        run.note_nodes({"b": NodeRecord(slots=2), "a": NodeRecord(slots=1, left_out="it differs")})
    with create(tmp_path, msgspec.structs.replace(config(), sandbox=here)) as run:
        run.note_nodes({"c": NodeRecord(slots=4, cpu_factor=1.5)})
    there = read_config(tmp_path / RUN).sandbox
    assert there is not None
    assert list(there.nodes) == ["a", "b", "c"]
    assert there.nodes["a"].left_out == "it differs"


def _hold(path: Path, ready: object, end: object) -> None:
    with create(path):
        ready.set()  # type: ignore[attr-defined]
        end.wait(30)  # type: ignore[attr-defined]


def test_two_processes_cannot_write_one_run(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, end = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(tmp_path, ready, end))
    other.start()
    try:
        assert ready.wait(30)
        with pytest.raises(UsageError, match=rf"\b{other.pid}\b"):
            create(tmp_path)
        RunDirectory.open(tmp_path).close()
    finally:
        end.set()
        other.join(30)
    create(tmp_path).close()


def test_a_folder_that_is_not_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=re.escape(str(tmp_path))):
        RunDirectory.open(tmp_path)
    (tmp_path / "run.json").write_text('{"schema": 2}')
    with pytest.raises(DataError, match=r"run\.json: .*schema 2"):
        create(tmp_path)
    (tmp_path / "run.json").unlink()
    (tmp_path / "completions.jsonl").write_text("")
    with pytest.raises(DataError, match=r"completions\.jsonl .*run\.json"):
        create(tmp_path)


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(StorageError, match=re.escape(str(path))) as caught:
            create(path)
        assert "--out" in caught.value.remedy


def _without_permission(path: Path) -> None:
    for folder in path.parents[1:4]:
        folder.chmod(0o755)
    os.setuid(65534)
    try:
        create(path)
    except StorageError as error:
        os._exit(0 if "--out" in error.remedy else 2)
    os._exit(1)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become somebody else")
def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o755)
    context = multiprocessing.get_context("spawn")
    other = context.Process(target=_without_permission, args=(tmp_path / "mine" / "run",))
    other.start()
    other.join(30)
    assert other.exitcode == 0


def test_a_file_that_may_not_grow_loses_only_the_record_in_hand(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    run = create(tmp_path)
    run.add_completion(completion("Fake/0", 0))
    before = (tmp_path / "completions.jsonl").read_bytes()
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, hard))
    try:
        with pytest.raises(StorageError, match=r"completions\.jsonl: "):
            run.add_completion(completion("Fake/0", 1, "x" * 1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old)
    assert (tmp_path / "completions.jsonl").read_bytes() == before
    assert not run.has_completion(1)
    run.add_completion(completion("Fake/0", 1))
    assert run.completion(1).text == "pass"
    run.close()


def test_an_atomic_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "metrics.json"
    write_atomically(file, (b"old",))

    def chunks():
        yield b"new"
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="No space left"):
        write_atomically(file, chunks())
    assert file.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["metrics.json"]


def test_a_sample_out_of_plan_is_refused(tmp_path: Path) -> None:
    with create(tmp_path) as run:
        with pytest.raises(DataError, match="sample 2 of 'Fake/0'"):
            run.add_completion(completion("Fake/0", 2))
        with pytest.raises(DataError, match="sample 0 of 'Fake/9'"):
            run.add_verdict(verdict("Fake/9", 0))


def test_a_record_truncated_meanwhile_is_an_error(tmp_path: Path) -> None:
    with create(tmp_path) as run:
        run.add_completion(completion("Fake/0", 0))
        os.truncate(tmp_path / "completions.jsonl", 10)
        with pytest.raises(DataError, match=r"completions\.jsonl"):
            run.completion(0)


def test_storage_errors_have_remedies(tmp_path: Path) -> None:
    remedies = {}
    for number in (errno.ENOSPC, errno.EACCES, errno.ENOTDIR, errno.EIO):
        with pytest.raises(StorageError) as caught, writing(tmp_path):
            raise OSError(number, os.strerror(number))
        assert os.strerror(number) in caught.value.message
        remedies[number] = caught.value.remedy
    assert all(remedies.values())
    assert len(set(remedies.values())) == len(remedies), "each has its own"
    assert [number for number, remedy in remedies.items() if "--out" in remedy] == [
        errno.EACCES,
        errno.ENOTDIR,
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    create(tmp_path).close()
    (tmp_path / "verdicts.jsonl").unlink()
    with RunDirectory.open(tmp_path) as run:
        assert run.outcome(0) is None
        assert list(run.verdicts()) == []
    (tmp_path / "verdicts.jsonl").mkdir()
    with pytest.raises(DataError, match=r"verdicts\.jsonl: "):
        RunDirectory.open(tmp_path)


def test_the_same_rows_may_come_from_elsewhere(tmp_path: Path) -> None:
    create(tmp_path).close()
    here = config()
    moved = msgspec.structs.replace(here.dataset, revision="mirror")
    with create(tmp_path, msgspec.structs.replace(here, dataset=moved)) as run:
        assert run.config.dataset.revision == "embedded"
    changed = msgspec.structs.replace(here.dataset, sha256="1")
    with pytest.raises(RunMismatch, match=r'dataset\.sha256: "0".* "1"'):
        create(tmp_path, msgspec.structs.replace(here, dataset=changed))


@pytest.mark.parametrize("name", [".lock", "completions.jsonl", "verdicts.jsonl"])
def test_nothing_is_written_through_a_link(tmp_path: Path, name: str) -> None:
    """A run directory may come from somebody else, and its links lead to files of ours."""
    precious = tmp_path / "precious"
    precious.write_text("mine")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / name).symlink_to(precious)
    with pytest.raises((StorageError, DataError)):
        create(folder)
    assert precious.read_text() == "mine"


@pytest.mark.parametrize("name", ["run.json", "metrics.json"])
def test_a_file_is_replaced_not_written_through(tmp_path: Path, name: str) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    for link in (name, f".{name}.new"):
        (tmp_path / link).symlink_to(precious)
    write_atomically(tmp_path / name, (b"new",))
    assert precious.read_text() == "mine"
    assert (tmp_path / name).read_bytes() == b"new"
    assert not (tmp_path / name).is_symlink()
    assert not list(tmp_path.glob(".*.new.*")), "nothing is left"


@pytest.mark.parametrize("name", ["run.json", "completions.jsonl", "verdicts.jsonl"])
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path, name: str) -> None:
    with create(tmp_path):
        pass
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(DataError, match="not a regular file"):
        RunDirectory.open(tmp_path)


@pytest.mark.parametrize(
    ("counts", "facts"),
    [
        ({"Fake/0": -1}, "-1 samples of 'Fake/0'"),
        ({"Fake/0": 10**12}, "16,777,216 samples"),
        ({f"Fake/{number}": 1 << 20 for number in range(17)}, "16,777,216 samples"),
    ],
)
def test_a_plan_that_no_run_has_is_refused(tmp_path: Path, counts: dict[str, int], facts: str) -> None:
    with create(tmp_path):
        pass
    stored = msgspec.json.decode((tmp_path / "run.json").read_bytes())
    (tmp_path / "run.json").write_bytes(msgspec.json.encode(stored | {"plan": counts}))
    with pytest.raises(DataError, match=re.escape(facts)) as caught:
        RunDirectory.open(tmp_path)
    assert "run.json" in caught.value.message


@pytest.mark.parametrize("number", ["1" + "0" * 30, "1" + "0" * 400, "1" + "0" * 5000, "1e999"])
def test_numbers_that_nothing_holds_are_refused(tmp_path: Path, number: str) -> None:
    with create(tmp_path) as run:
        run.add_completion(completion("Fake/0", 0))
        run.add_verdict(verdict("Fake/0", 0))
    for name, field in (("verdicts.jsonl", "peak_rss_bytes"), ("run.json", "concurrency")):
        path = tmp_path / name
        text = path.read_text()
        changed = re.sub(rf'("{field}": ?)\d+', rf"\g<1>{number}", text)
        assert changed != text
        path.write_text(changed)
        with pytest.raises(DataError, match=re.escape(name)):
            RunDirectory.open(tmp_path)
        path.write_text(text)


def test_a_line_without_an_end_is_read_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with create(tmp_path):
        pass
    monkeypatch.setattr("codeeval.records.journal._LINE_BYTES", 1 << 16)
    with (tmp_path / "verdicts.jsonl").open("wb") as file:
        file.truncate(1 << 40)  # sparse
    with pytest.raises(DataError, match="a line is longer"):
        RunDirectory.open(tmp_path)
