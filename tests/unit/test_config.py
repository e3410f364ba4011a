"""Where settings come from, and how a wrong file is reported."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from codeeval import config
from codeeval.config import (
    ENVIRONMENT,
    OF_THE_USER,
    Settings,
    ignored_settings,
    load_settings,
    quieten,
)
from codeeval.errors import UsageError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for variable in ENVIRONMENT.values():
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "config" / "codeeval").mkdir(parents=True)
    (tmp_path / "work").mkdir()
    return tmp_path


def test_defaults(home: Path) -> None:
    assert load_settings({}, home / "work") == Settings(cache_dir=home / "cache" / "codeeval")


def test_the_environment_of_the_process_is_the_default(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home / "work")
    monkeypatch.setenv("CODEEVAL_DATA_ROOT", "hub")
    assert load_settings().data_root == home / "work" / "hub"


def test_nearer_settings_win(home: Path) -> None:
    (home / "config" / "codeeval" / "config.toml").write_text(
        'openai_base_url = "user"\nopenai_api_key = "user"\ndata_root = "hub"\ncache = "auto"\n'
    )
    assert load_settings({}, home / "work").data_root == home / "config" / "codeeval" / "hub"
    (home / "work" / "codeeval.toml").write_text('cache = "off"\ndata_root = "../hub"\n')
    settings = load_settings({"OPENAI_BASE_URL": "env", "OPENAI_API_KEY": ""}, home / "work")
    assert settings.openai_base_url == "env"
    assert settings.openai_api_key == "user", "an empty variable counts as unset"
    assert settings.data_root == home / "work" / ".." / "hub"
    assert settings.cache == "off"
    assert load_settings({}, home / "work").openai_base_url == "user"


@pytest.mark.parametrize("key", OF_THE_USER)
def test_a_working_directory_names_no_program_server_or_cache(home: Path, key: str) -> None:
    without = load_settings({}, home / "work")
    (home / "work" / "codeeval.toml").write_text(f'# mine\n{key} = "/tmp/theirs"\n')
    assert load_settings({}, home / "work") == without
    (note,) = ignored_settings(home / "work")
    assert key in note
    assert ENVIRONMENT[key] in note
    assert "codeeval.toml" in note
    (home / "config" / "codeeval" / "config.toml").write_text(f'{key} = "/tmp/mine"\n')
    assert str(getattr(load_settings({}, home / "work"), key)) == "/tmp/mine"


def test_settings_that_count_have_no_note(home: Path) -> None:
    assert ignored_settings(home / "work") == ()
    (home / "work" / "codeeval.toml").write_text('data_root = "hub"\n')
    assert ignored_settings(home / "work") == ()
    (home / "work" / "codeeval.toml").write_text("no toml")
    assert ignored_settings(home / "work") == ()


def test_paths_may_start_at_home_or_root(home: Path) -> None:
    settings = load_settings({"CODEEVAL_CACHE_DIR": "~/c", "CODEEVAL_DATA_ROOT": "/data"}, home)
    assert settings.cache_dir == Path("~/c").expanduser()
    assert settings.data_root == Path("/data")


def test_the_key_is_not_shown(home: Path) -> None:
    settings = load_settings({"OPENAI_API_KEY": "sk-secret"}, home)
    assert settings.openai_api_key == "sk-secret"
    assert "secret" not in repr(settings)
    assert "secret" not in f"{settings}"


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("data_root = oops\n", r"codeeval\.toml: .*line 1", "file"),
        ("\n# x\ndata_rot = 'x'\n", r"codeeval\.toml:3: .*'data_rot'", "data_root"),
        ("zzz = 1\n", r"codeeval\.toml:1: .*'zzz'", "data_root, cache_dir"),
        ("[openai]\napi_key = 'x'\n", r"codeeval\.toml:1: .*'openai'", "openai_api_key"),
        ("\ncache_dir = 3\n", r"codeeval\.toml:2: cache_dir .*int", 'cache_dir = "..."'),
    ],
)
def test_a_wrong_file_is_named_with_its_line(home: Path, text: str, message: str, remedy: str) -> None:
    (home / "work" / "codeeval.toml").write_text(text)
    with pytest.raises(UsageError, match=message) as caught:
        load_settings({}, home / "work")
    assert remedy in caught.value.remedy


def test_a_file_that_is_not_text_is_named(home: Path) -> None:
    (home / "work" / "codeeval.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match=r"codeeval\.toml: "):
        load_settings({}, home / "work")
    (home / "work" / "codeeval.toml").unlink()
    (home / "work" / "codeeval.toml").mkdir()
    with pytest.raises(UsageError, match=r"codeeval\.toml: "):
        load_settings({}, home / "work")


@pytest.mark.parametrize("around", ["\n", "\r\n", " ", "\u200b", "\ufeff", "\u00a0"])
def test_keys_are_stripped_of_what_comes_along_when_they_are_copied(home: Path, around: str) -> None:
    env = {"OPENAI_API_KEY": f"{around}sk-1{around}", "ANTHROPIC_API_KEY": around}
    settings = load_settings(env, home / "work")
    assert (settings.openai_api_key, settings.anthropic_api_key) == ("sk-1", None)
    (home / "work" / "codeeval.toml").write_text(f"anthropic_api_key = {json.dumps(f'sk-2{around}')}\n")
    assert load_settings({}, home / "work").anthropic_api_key == "sk-2"


@pytest.mark.parametrize("within", ["\n", "\u200b", " ", "é", "\0"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(home: Path, within: str) -> None:
    with pytest.raises(UsageError, match=f"OPENAI_API_KEY.*U\\+{ord(within):04X} at place 8") as raised:
        load_settings({"OPENAI_API_KEY": f"sk-1234{within}567"}, home / "work")
    assert "1234" not in str(raised.value)


def test_keys_that_libraries_read_are_stripped_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "gsk-1\r\n")
    quieten("litellm")
    assert os.environ["GROQ_API_KEY"] == "gsk-1"


def test_a_file_that_may_not_be_read_is_not_said_to_be_wrong(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root nothing is denied, so the system's refusal is made here."""
    (home / "codeeval.toml").write_text("")

    def refuse(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(config, "read_bounded", refuse)
    with pytest.raises(UsageError, match=r"\.toml: cannot be read: Permission denied\n") as caught:
        load_settings({}, home)
    assert "chmod" in caught.value.remedy
    assert "Correct" not in caught.value.remedy
