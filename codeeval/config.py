"""Settings from the environment and from ``codeeval.toml``; nothing else reads either.

A value is taken from the first place that has it: the environment, ``codeeval.toml`` in the
working directory, ``config.toml`` in the user's configuration folder, the default. Command-line
options stand above all of them and are the command line's business.

A working directory may come from anybody: a repository, an archive with a run in it. What would execute a
program of its choice, send keys to its server, or have its files taken for the user's own is ignored there
(``OF_THE_USER``), and ``ignored_settings`` reports it.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import platformdirs

from codeeval.errors import UsageError, unless_denied
from codeeval.reading import read_bounded

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENT: Final[dict[str, str]] = {
    "data_root": "CODEEVAL_DATA_ROOT",
    "cache_dir": "CODEEVAL_CACHE_DIR",
    "cache": "CODEEVAL_CACHE",
    "prices": "CODEEVAL_PRICES",
    "openai_api_key": "OPENAI_API_KEY",
    "openai_base_url": "OPENAI_BASE_URL",
    "anthropic_api_key": "ANTHROPIC_API_KEY",
    "anthropic_base_url": "ANTHROPIC_BASE_URL",
    "ollama_host": "OLLAMA_HOST",
    "fstar": "CODEEVAL_FSTAR",
    "fstar_include": "CODEEVAL_FSTAR_INCLUDE",
    "lean": "CODEEVAL_LEAN",
    "token": "CODEEVAL_TOKEN",
}
"""Which variable sets which key; the keys are those of the TOML files."""

OF_THE_USER: Final[dict[str, str]] = {
    "cache_dir": "a cache",
    "openai_base_url": "a server that gets keys and prompts",
    "anthropic_base_url": "a server that gets keys and prompts",
    "ollama_host": "a server that gets prompts",
    "fstar": "a program to execute",
    "lean": "a program to execute",
}
"""What only the user's own configuration and the environment may name, and what it is."""
_OF_USER: Final = "config.toml"
_OF_FOLDER: Final = "codeeval.toml"

_KEYS: Final = frozenset({"openai_api_key", "anthropic_api_key"})
_AROUND: Final = re.compile(
    r"^[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]+|[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]+$"
)
"""White space and characters without width, which come along when a key is copied."""
_PATHS: Final = frozenset({"data_root", "cache_dir", "prices"})


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the surroundings of a command decide."""

    data_root: Path | None = None
    """Folder that mirrors the Hub, dataset ids as subfolders."""
    cache_dir: Path
    """Where pulled models, datasets and completions lie."""
    cache: str = "auto"
    """``off``: neither completions nor executions are kept or used, unless a command has ``--cache`` or
    ``--execution-cache``."""
    prices: Path | None = None
    """The user's own table of prices."""
    openai_api_key: str | None = None
    openai_base_url: str | None = None
    anthropic_api_key: str | None = None
    anthropic_base_url: str | None = None
    ollama_host: str | None = None
    """Where Ollama listens, as Ollama itself reads it: ``host``, ``host:port`` or a URL."""
    fstar: str | None = None
    """A local F*, or ``double:FOLDER``; None for the image."""
    fstar_include: str | None = None
    """Folders with a project's F* sources and checked files, joined by ``:``."""
    lean: str | None = None
    """A local Lean 4 or a Lake project's folder, or ``double:FOLDER``; None for the image."""

    token: str | None = None
    """The secret of a service, for ``--sandbox http://...`` and ``Client``."""

    def __repr__(self) -> str:
        """Show everything but the secrets."""
        key = None if self.openai_api_key is None else "..."
        return (
            f"Settings(data_root={self.data_root!r}, cache_dir={self.cache_dir!r}, "
            f"openai_api_key={key!r}, openai_base_url={self.openai_base_url!r})"
        )


def load_settings(env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Settings:
    """Gather the settings.

    Args:
        env: environment variables; None for the process's own. An empty value counts as unset.
        cwd: where ``codeeval.toml`` is looked for; None for the working directory.

    Raises:
        UsageError: a file is not TOML, has a key that does not exist, or a value of a wrong type.
    """
    variables = os.environ if env is None else env
    folder = Path.cwd() if cwd is None else cwd
    values: dict[str, str | Path] = {}
    values |= _read_toml(platformdirs.user_config_path("codeeval") / _OF_USER)
    of_folder = _read_toml(folder / _OF_FOLDER)
    values |= {key: value for key, value in of_folder.items() if key not in OF_THE_USER}
    for key, variable in ENVIRONMENT.items():
        if text := variables.get(variable):
            values[key] = _typed(key, text, folder)
    values |= {key: _sendable(key, str(values[key])) for key in _KEYS & values.keys()}
    values = {key: value for key, value in values.items() if value != ""}
    values.setdefault("cache_dir", platformdirs.user_cache_path("codeeval"))
    return msgspec.convert(values, Settings)


def ignored_settings(cwd: Path | None = None) -> tuple[str, ...]:
    """Report which settings of the working directory's file are ignored, one line each.

    Args:
        cwd: where ``codeeval.toml`` is looked for; None for the working directory.
    """
    file = (Path.cwd() if cwd is None else cwd) / _OF_FOLDER
    try:
        named = _read_toml(file)
    except UsageError:  # raised again where the settings are needed
        return ()
    own = platformdirs.user_config_path("codeeval") / _OF_USER
    return tuple(
        f"{file}: {key} is ignored: a working directory cannot name {OF_THE_USER[key]}; "
        f"set it in {own} or as {ENVIRONMENT[key]}"
        for key in named
        if key in OF_THE_USER
    )


def quieten(backend: str) -> None:
    """Set up the environment for a model backend's library.

    It contacts no network at import, unless configured otherwise, and finds keys without what surrounds them.
    """
    if backend == "litellm":
        os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    for name, text in os.environ.items():  # some libraries read keys themselves
        if name.endswith("_API_KEY") and (stripped := _stripped(text)) != text:
            os.environ[name] = stripped


def _read_toml(file: Path) -> dict[str, str | Path]:
    try:
        text = read_bounded(file).decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(
            f"{file}: cannot be read: {reason}", unless_denied(error, "Correct or remove this file.")
        ) from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file}: not TOML: {error}", "Correct or remove this file.") from error
    except RecursionError as error:
        raise UsageError(f"{file}: nested too deeply", "Correct or remove this file.") from error
    values: dict[str, str | Path] = {}
    for key, value in table.items():
        where = f"{file}:{_line_of(key, text)}"
        if key not in ENVIRONMENT:
            near = difflib.get_close_matches(key, ENVIRONMENT, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(ENVIRONMENT)}."
            raise UsageError(f"{where}: unknown key {key!r}", hint)
        if not isinstance(value, str):
            kind = type(value).__name__
            raise UsageError(f"{where}: {key} must be a string, not {kind}", f'Write {key} = "...".')
        values[key] = _typed(key, value, file.parent)
    return values


def _stripped(key: str) -> str:
    """Return a key without white space and characters without width around it."""
    return _AROUND.sub("", key)


def _sendable(name: str, key: str) -> str:
    """Return a key as a header can hold it, stripped.

    Raises:
        UsageError: it has other characters, of which the first is named, and nothing else.
    """
    stripped = _stripped(key)
    wrong = next((place for place, char in enumerate(stripped) if not "!" <= char <= "~"), None)
    if wrong is not None:
        raise UsageError(
            f"{ENVIRONMENT[name]} (in a TOML file: {name}) has a character that no key has: "
            f"U+{ord(stripped[wrong]):04X} at place {wrong + 1}",
            "Copy the key again; it is not shown here.",
        )
    return stripped


def _typed(key: str, text: str, folder: Path) -> str | Path:
    """Paths are relative to where they were written down."""
    return folder / Path(text).expanduser() if key in _PATHS else text


def _line_of(key: str, text: str) -> int:
    pattern = re.compile(rf"""^\s*\[*\s*["']?{re.escape(key)}\b""")
    return next((n for n, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 1)
