"""Wrong names, settings and surroundings: a message with a remedy, and the documented exit code."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from command import COMMAND, codeeval, complain, succeed

import codeeval as package

NOTHING_LISTENS = "http://127.0.0.1:9"
WITHOUT_OVERRIDE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
"""Makes file permissions count for root too."""


@pytest.mark.parametrize(
    ("arguments", "facts"),
    [
        (("run", "humanevall", "--model", "reference:"), ("'humanevall'", "humaneval")),
        (("run", "mbpp:sanitised", "--model", "reference:"), ("'sanitised'", "sanitized")),
        (("run", "humaneval", "--model", "opnai:gpt"), ("'opnai'", "openai")),
        (("run", "humaneval", "--model", "gpt"), ("'gpt'", "openai:gpt")),
        (
            ("run", "humaneval", "--model", "reference:", "--task", "HumanEval/164"),
            ("'HumanEval/164'", "HumanEval/16"),
        ),
        (
            ("run", "humaneval", "--model", "reference:", "--sandbox", "dokcer"),
            ("'dokcer'", "docker"),
        ),
        (("run", "humaneval", "--modle", "reference:"), ("--modle", "--model")),
        (("rnu", "humaneval"), ("'rnu'", "run")),
        (("run", "humaneval", "--model", "reference:", "--k", "0"), ("'0'", "1,10,100")),
    ],
)
def test_unknown_names_and_values(arguments: tuple[str, ...], facts: tuple[str, ...], tmp_path: Path) -> None:
    complain(2, *facts, of=codeeval(*arguments, cwd=tmp_path))


def test_unknown_local_model(tmp_path: Path) -> None:
    ended = codeeval("run", "humaneval", "--model", "local:smolm2", cwd=tmp_path)
    complain(ended.code, "smolm2", "smollm2", of=ended)
    assert ended.code in {2, 5}


def test_a_missing_model(tmp_path: Path) -> None:
    ended = codeeval("run", "humaneval", "--model", "local:/nowhere/model.gguf", cwd=tmp_path)
    complain(5, "/nowhere/model.gguf", of=ended)
    ended = codeeval(
        *("run", "humaneval", "--model", "local:smollm2"),
        cwd=tmp_path,
        env={"CODEEVAL_CACHE_DIR": str(tmp_path / "empty")},
    )
    complain(5, "codeeval models pull smollm2", of=ended)


def test_a_run_without_a_key(tmp_path: Path) -> None:
    complain(5, "OPENAI_API_KEY", of=codeeval("run", "humaneval", "--model", "openai:gpt-x", cwd=tmp_path))


@pytest.mark.docker
def test_an_image_that_is_not_built(tmp_path: Path) -> None:
    """A copy of the program with another Dockerfile: its image has a tag that nothing has built."""
    shutil.copytree(Path(package.__file__).parent, tmp_path / "codeeval")
    with (tmp_path / "codeeval" / "containers" / "python" / "Dockerfile").open("a") as file:
        file.write(f"# {tmp_path}\n")
    arguments = ("run", "humaneval", "--model", "reference:", "--limit", "1", "--out", tmp_path / "run")
    start = (sys.executable, "-c", "from codeeval.cli.main import main; main()")
    how = {"cwd": tmp_path, "env": {"PYTHONPATH": str(tmp_path)}, "command": start}
    ended = codeeval(*arguments, "--sandbox", "docker", **how)
    complain(6, "codeeval/python:", "codeeval sandbox build python", of=ended)
    assert not (tmp_path / "run").exists()


def test_no_engine(tmp_path: Path) -> None:
    arguments = ("run", "humaneval", "--model", "reference:", "--limit", "1", "--out", tmp_path / "run")
    ended = codeeval(*arguments, "--sandbox", "docker", env={"DOCKER_HOST": "unix:///nonexistent"})
    complain(6, "DOCKER_HOST", "--sandbox bubblewrap", of=ended)
    assert not (tmp_path / "run").exists()


@pytest.mark.bubblewrap
def test_no_engine_does_not_matter_to_auto(tmp_path: Path) -> None:
    arguments = ("run", "humaneval", "--model", "reference:", "--limit", "1", "--out", tmp_path / "run")
    ended = succeed(*arguments, env={"DOCKER_HOST": "unix:///nonexistent"})
    assert "sandbox: bubblewrap" in ended.err


@pytest.mark.parametrize("offline", [True, False])
def test_an_unreachable_dataset(offline: bool, tmp_path: Path) -> None:
    env = {
        "CODEEVAL_DATA_ROOT": None,
        "HF_ENDPOINT": NOTHING_LISTENS,
        "HF_HOME": str(tmp_path / "hf"),
        "HF_HUB_OFFLINE": None,
    }
    flags = ("--offline",) if offline else ()
    ended = codeeval("run", "mbpp", "--model", "reference:", *flags, cwd=tmp_path, env=env)
    complain(4, "google-research-datasets/mbpp", "--data-root DIR", "hf download", of=ended)


def test_a_data_root_without_the_dataset(tmp_path: Path) -> None:
    folder = tmp_path / "google-research-datasets" / "mbpp"
    folder.mkdir(parents=True)
    ended = codeeval("run", "mbpp", "--model", "reference:", "--data-root", tmp_path, cwd=tmp_path)
    complain(4, folder, "full/", of=ended)


def test_a_run_directory_with_other_settings(tmp_path: Path) -> None:
    run = tmp_path / "run"
    arguments = ("generate", "humaneval", "--limit", "2", "--out", run)
    succeed(*arguments, "--model", "reference:")
    before = {file.name: file.read_bytes() for file in run.iterdir()}
    ended = codeeval(*arguments, "--model", "reference:", "--temperature", "0.5")
    complain(2, run, "temperature", "0.5", "--out", of=ended)
    samples = tmp_path / "samples.jsonl"
    samples.write_text('{"task_id": "HumanEval/0", "completion": ""}\n')
    ended = codeeval("generate", "humaneval", "--model", f"file:{samples}", "--limit", "1", "--out", run)
    complain(2, run, "model", "reference:", str(samples), "--out", of=ended)
    assert {file.name: file.read_bytes() for file in run.iterdir() if file.name != ".lock"} == {
        name: content for name, content in before.items() if name != ".lock"
    }


def test_a_folder_that_is_not_a_run(tmp_path: Path) -> None:
    complain(4, tmp_path, of=codeeval("show", tmp_path))
    complain(4, tmp_path, of=codeeval("score", tmp_path / "nothing"))


def test_a_file_in_the_way_of_the_run_directory(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    arguments = ("generate", "humaneval", "--model", "reference:", "--limit", "1", "--out")
    complain(2, file, of=codeeval(*arguments, file))
    complain(7, file / "run", "--out", of=codeeval(*arguments, file / "run"))
    assert file.read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root, and no setpriv")
def test_an_unwritable_folder(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    command = COMMAND
    if os.geteuid() == 0:
        command = (*WITHOUT_OVERRIDE, *COMMAND)
    out = closed / "run"
    arguments = ("generate", "humaneval", "--model", "reference:", "--limit", "1", "--out", out)
    complain(7, out, "--out", of=codeeval(*arguments, command=command))
