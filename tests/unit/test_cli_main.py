"""The command line's edges: exit codes, messages, and that no traceback reaches a user."""

from __future__ import annotations

import errno
import json
import os
import re
import resource
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codeeval import errors
from codeeval.cli import main as cli_main
from codeeval.cli.main import run_command

if TYPE_CHECKING:
    from collections.abc import Callable

CODEEVAL = [sys.executable, "-c", "from codeeval.cli.main import main; main()"]


def raising(error: BaseException) -> Callable[..., int]:
    def main(**_: object) -> int:
        raise error

    return main


def classes() -> list[type[errors.CodeEvalError]]:
    found = [errors.CodeEvalError]
    for each in found:
        found += each.__subclasses__()
    return [each for each in found if each is not errors.UnknownName and each.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", classes())
def test_each_error_gives_its_code_message_and_remedy(
    kind: type[errors.CodeEvalError], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli_main.cli, "main", raising(kind("what happened", "what to do")))
    assert run_command([]) == kind.exit_code
    shown = capsys.readouterr()
    assert shown.err == "codeeval: what happened\nwhat to do\n"
    assert shown.out == ""


def test_what_a_server_says_is_no_command_of_a_terminal_or_a_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "it says \x1b]0;title\x07\n::error::forged"
    monkeypatch.setattr(cli_main.cli, "main", raising(errors.ModelError(said, f"Do {said}")))
    run_command([])
    monkeypatch.setattr(cli_main.cli, "main", raising(ZeroDivisionError(said)))
    run_command([])
    shown = capsys.readouterr().err
    assert shown.count("forged") == 3
    assert "\x1b" not in shown
    assert not any(line.startswith("::") for line in shown.splitlines())


def test_settings_that_a_working_directory_cannot_have_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "codeeval.toml").write_text('lean = "./evil"\n')
    assert run_command(["list", "--help"]) == 0
    assert "codeeval.toml: lean is ignored" in capsys.readouterr().err
    (tmp_path / "codeeval.toml").write_text('data_root = "x"\n')
    assert run_command(["list", "--help"]) == 0
    assert capsys.readouterr().err == ""


def test_an_unforeseen_error_is_kept_in_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(cli_main.cli, "main", raising(ZeroDivisionError("oops")))
    assert run_command([]) == 70
    shown = capsys.readouterr().err
    assert "ZeroDivisionError: oops" in shown
    assert "Traceback" not in shown
    (saved,) = tmp_path.glob("codeeval-bug-*.txt")
    assert str(saved) in shown
    assert "Traceback (most recent call last)" in saved.read_text("utf-8")


def test_an_unforeseen_error_without_any_place_to_write(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    monkeypatch.setattr(cli_main.cli, "main", raising(ZeroDivisionError("oops")))
    assert run_command([]) == 70
    shown = capsys.readouterr().err
    assert "ZeroDivisionError: oops" in shown
    assert "codeeval-bug-" not in shown
    assert "Traceback" not in shown


def test_a_full_disk_is_not_reported_as_a_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli_main.cli, "main", raising(OSError(errno.ENOSPC, "No space left", "/x/y")))
    monkeypatch.setattr(cli_main, "_silence_stdout", lambda: None)
    assert run_command([]) == 7
    assert "/x/y: No space left" in capsys.readouterr().err


def test_interruption(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cli_main.cli, "main", raising(KeyboardInterrupt()))
    assert run_command([]) == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (["rnu"], "run"),
        (["explain", "humanevil"], "humaneval"),
        (["explain", "mbpp:sanitised"], "sanitized"),
        (["sandbox", "biuld"], "build"),
        (["run", "humanevil", "--model", "reference:"], "humaneval"),
    ],
)
def test_unknown_names_list_the_nearest(
    arguments: list[str], near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(arguments) == 2
    assert near in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["run"], ["run", "humaneval"], ["list", "--nope"], ["run", "humaneval", "--model", "x:", "--n", "0"]],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(arguments) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("Usage: codeeval")
    assert shown.out == ""


def test_list_names_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["list", "--json"]) == 0
    names = json.loads(capsys.readouterr().out)
    assert {"humaneval", "mbpp"} <= set(names["benchmarks"])
    assert {"openai", "local"} <= set(names["models"])
    assert {"file", "reference"} == set(names["sources"])
    assert {"docker", "bubblewrap"} <= set(names["sandboxes"])
    assert "python" in names["languages"]


def test_score_of_a_folder_without_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["score", str(tmp_path)]) == 4
    assert str(tmp_path) in capsys.readouterr().err


def test_the_process_exits_with_the_code() -> None:
    done = subprocess.run([*CODEEVAL, "explain", "nothing"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_reader_that_stops_reading() -> None:
    with subprocess.Popen(
        [*CODEEVAL, "explain", "humaneval"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_output_that_cannot_be_written() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*CODEEVAL, "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 7
    assert os.strerror(errno.ENOSPC) in done.stderr
    assert "Traceback" not in done.stderr


def test_output_without_utf8() -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C",
        "PYTHONIOENCODING": "ascii",
        "HOME": "/nonexistent",
    }
    done = subprocess.run([*CODEEVAL, "list"], capture_output=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr


def test_no_escape_sequences_into_a_pipe() -> None:
    done = subprocess.run([*CODEEVAL, "explain", "humaneval"], capture_output=True, text=True, check=True)
    assert "\x1b" not in done.stdout


def test_help_is_quick() -> None:
    def once() -> float:
        """CPU seconds: what it takes on a machine that has nothing else to do."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*CODEEVAL, "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(once() for _ in range(5)) < 0.3


def test_help_needs_no_command_module() -> None:
    done = subprocess.run([*CODEEVAL, "--help"], capture_output=True, text=True, check=True)
    listed = re.findall(r"^  ([a-z]+)  ", done.stdout, flags=re.MULTILINE)
    assert listed == list(cli_main.COMMANDS)


@pytest.mark.parametrize("name", cli_main.COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: codeeval {name}")


def in_shell(words: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command by a shell, with what it does to the standard streams."""
    script = f"exec {shlex.join(CODEEVAL)} {words}"
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload] # options of run


@pytest.mark.parametrize("closed", [">&-", "<&- >&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_are_no_error(closed: str, tmp_path: Path) -> None:
    samples = tmp_path / "samples.jsonl"
    samples.write_text('{"task_id": "HumanEval/0", "completion": "    pass"}\n')
    words = f"generate humaneval --model file:{samples} --out {tmp_path / 'run'} {closed}"
    ended = in_shell(words)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "Traceback" not in ended.stderr
    record = (tmp_path / "run" / "completions.jsonl").read_text()
    assert json.loads(record)["task_id"] == "HumanEval/0"


def test_a_working_directory_that_may_not_be_entered_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As root nothing is denied, so the system's refusal is made here."""

    def refuse(_: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", ".")

    monkeypatch.setattr(Path, "stat", refuse)
    code = run_command(["score", "run"])
    monkeypatch.undo()
    assert code == 2
    assert "working directory may not be entered" in capsys.readouterr().err


def test_a_working_directory_that_is_gone_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    ended = in_shell("score run", cwd=gone, preexec_fn=gone.rmdir)
    assert ended.returncode == 2
    assert "working directory no longer exists" in ended.stderr
    assert "Traceback" not in ended.stderr
