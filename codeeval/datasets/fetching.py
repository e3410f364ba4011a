"""What is fetched: rows and files of the Hugging Face Hub, and files at a pinned address. Nothing else does.

What was fetched once is found in a cache, the Hub's own or codeeval's. What is not there is asked for at most
once, within a stated time, and never with ``DataSource.offline``. Every failure is a ``DataError`` that says
what to do without network.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import shutil
import threading
import warnings
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import platformdirs

from codeeval.errors import DataError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codeeval.interfaces import DataSource

# Any: a row before its type has checked it is whatever JSON or Parquet can hold
RawRows = list[dict[str, Any]]

_PROBE_S: Final = 15.0
"""Longest wait for a server to say whether it has something."""
_READ_S: Final = 60.0
"""Longest silence of a server that sends a file."""
_CHUNK_BYTES: Final = 1 << 16
FILE_BYTES: Final = 4 << 30
"""Longest file that is fetched, decompressed."""
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_REASON_CHARS: Final = 300


# Any: as in RawRows
def rows_from_hub(
    dataset: str, source: DataSource, remedy: str, *, config: str, split: str, revision: str
) -> Iterator[dict[str, Any]]:
    """Yield the rows of one split from the Hub, or from the cache that an earlier read of it left.

    Args:
        dataset: ``owner/name``.
        source: whether the network may be used.
        remedy: what helps where the rows cannot be had.
        config: the configuration's name.
        split: the split.
        revision: the commit, or a branch.

    Raises:
        DataError: they are neither in the cache nor can they be fetched.
    """
    import datasets  # type: ignore[import-untyped]  # noqa: PLC0415 -- costs 2 s

    trouble = "" if source.offline else _revision_trouble(dataset, revision)
    try:
        with _quiet_datasets(offline=source.offline or bool(trouble)):
            loaded = datasets.load_dataset(dataset, config, split=split, revision=revision)
            if source.keep:
                loaded.to_parquet(_place(source.keep, f"{dataset}/{config}/{split}.parquet"))
            yield from map(dict, loaded)
    except (OSError, ValueError, RuntimeError, LookupError) as error:
        raise _unavailable(dataset, "the Hub", trouble or str(error), source, remedy) from error


def file_from_hub(dataset: str, file: str, revision: str, source: DataSource, remedy: str) -> Path:
    """Find one file of a dataset on the Hub in the Hub's cache, or fetch it into that.

    A file of a commit never changes, so one in the cache is taken without asking. With ``source.keep`` a copy
    of it is returned.

    Args:
        dataset: ``owner/name``.
        file: its path in the dataset.
        revision: the commit, or a branch.
        source: whether the network may be used.
        remedy: what helps where the file cannot be had.

    Raises:
        DataError: it is neither in the cache nor can it be fetched.
    """
    import huggingface_hub.errors  # noqa: PLC0415 -- costs 300 ms; the package does not import it by itself

    def find(*, cached: bool) -> Path:
        with _quiet_hub(offline=cached):
            found = huggingface_hub.hf_hub_download(
                dataset, file, repo_type="dataset", revision=revision, local_files_only=cached
            )
        return Path(found) if source.keep is None else kept(Path(found), source.keep, f"{dataset}/{file}")

    trouble = ""
    try:
        if source.offline or _COMMIT.fullmatch(revision):
            with contextlib.suppress(huggingface_hub.errors.LocalEntryNotFoundError):
                return find(cached=True)
        trouble = "" if source.offline else _revision_trouble(dataset, revision)
        return find(cached=source.offline or bool(trouble))
    except _hub_errors() as error:
        raise _unavailable(dataset, "the Hub", trouble or str(error), source, remedy) from error


def file_from_address(url: str, name: str, source: DataSource, remedy: str) -> Path:
    """Find the file of a pinned address in codeeval's cache, or fetch it into that.

    Args:
        url: the address; what it holds never changes.
        name: what the file is, for messages.
        source: whether the network may be used, and where the cache is.
        remedy: what helps where the file cannot be had.

    Raises:
        DataError: it is neither in the cache nor can it be fetched.
        StorageError: the cache cannot be written.
    """
    folder = (source.cache_dir or platformdirs.user_cache_path("codeeval")) / "datasets"
    target = folder / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}-{PurePosixPath(url).name}"
    if target.is_file():
        return target
    if source.offline:
        raise _unavailable(name, url, "", source, remedy)
    import requests  # noqa: PLC0415 -- costs 100 ms

    part = folder / f".{target.name}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with requests.get(url, stream=True, timeout=(_PROBE_S, _READ_S)) as answer:
            answer.raise_for_status()
            part.unlink(missing_ok=True)  # of a process that died
            with part.open("xb") as file:
                room = FILE_BYTES
                for chunk in answer.iter_content(_CHUNK_BYTES):
                    room -= len(chunk)
                    if room < 0:
                        raise _unavailable(name, url, f"it is over {FILE_BYTES >> 30} GiB", source, remedy)
                    file.write(chunk)
        part.replace(target)
    except requests.RequestException as error:
        raise _unavailable(name, url, str(error), source, remedy) from error
    except OSError as error:
        raise StorageError(
            f"{folder}: {error.strerror}", "Free some space, or set CODEEVAL_CACHE_DIR to another folder."
        ) from error
    finally:
        with contextlib.suppress(OSError):  # moved, or never made
            part.unlink()
    return target


def kept(file: Path, folder: Path, name: str) -> Path:
    """Copy a file to its place below a folder that is laid out as a data root, and return that.

    Raises:
        OSError: it cannot be copied.
    """
    return shutil.copyfile(file, _place(folder, name))


def _place(folder: Path, name: str) -> Path:
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def network_trouble(patience_s: float) -> str:
    """Say why the Hub cannot be reached within this time, empty where it answers anything at all."""
    import huggingface_hub.constants  # noqa: PLC0415 -- costs 300 ms

    def ask() -> None:
        huggingface_hub.get_session().head(huggingface_hub.constants.ENDPOINT, timeout=patience_s)

    return _trouble(ask, _hub_errors(), patience_s)


def _revision_trouble(dataset: str, revision: str) -> str:
    """Ask the Hub once whether it has a revision: its own clients retry for half a minute.

    Returns:
        What is wrong, or an empty string.
    """
    import huggingface_hub  # noqa: PLC0415 -- costs 300 ms

    def ask() -> None:
        huggingface_hub.HfApi().dataset_info(dataset, revision=revision, timeout=_PROBE_S)

    return _trouble(ask, _hub_errors(), _PROBE_S)


def _trouble(ask: Callable[[], None], expected: tuple[type[BaseException], ...], patience_s: float) -> str:
    """Run a request in a thread, since looking a name up obeys no timeout.

    Returns:
        What went wrong, or an empty string.
    """
    answers: list[str] = []

    def run() -> None:
        try:
            ask()
        except expected as error:
            answers.append(_brief(error))
        else:
            answers.append("")

    thread = threading.Thread(target=run, name="codeeval-probe", daemon=True)
    thread.start()
    thread.join(patience_s)
    return answers[0] if answers else f"no answer within {patience_s:g} s"


def _hub_errors() -> tuple[type[BaseException], ...]:
    """Return what the Hub's client raises: which HTTP library it uses depends on its version."""
    import huggingface_hub.errors  # noqa: PLC0415 -- costs 300 ms; the package does not import it by itself

    return (OSError, ValueError, *huggingface_hub.errors.HfHubHTTPError.__bases__)


@contextlib.contextmanager
def _quiet_hub(*, offline: bool) -> Iterator[None]:
    """Keep the Hub's client off the terminal, and off the network where asked to.

    ``local_files_only`` alone does not: for the header that names its user it fetches a list of agents.
    """
    import huggingface_hub.constants  # noqa: PLC0415 -- costs 300 ms

    offline = offline or huggingface_hub.constants.HF_HUB_OFFLINE
    level = huggingface_hub.logging.get_verbosity()
    huggingface_hub.logging.set_verbosity(logging.ERROR)
    try:
        with mock.patch.object(huggingface_hub.constants, "HF_HUB_OFFLINE", offline):
            yield
    finally:
        huggingface_hub.logging.set_verbosity(level)


@contextlib.contextmanager
def _quiet_datasets(*, offline: bool) -> Iterator[None]:
    """Keep ``datasets`` off the terminal, and off the network where asked to."""
    import datasets  # noqa: PLC0415 -- costs 2 s

    bars, level = datasets.are_progress_bars_disabled(), datasets.logging.get_verbosity()
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity_error()
    offline = offline or datasets.config.HF_HUB_OFFLINE
    try:
        with (
            _quiet_hub(offline=offline),
            warnings.catch_warnings(action="ignore"),
            mock.patch.object(datasets.config, "HF_HUB_OFFLINE", offline),
        ):
            yield
    finally:
        datasets.logging.set_verbosity(level)
        if not bars:
            datasets.enable_progress_bars()


def _unavailable(what: str, place: str, reason: str, source: DataSource, remedy: str) -> DataError:
    if source.offline:
        return DataError(
            f"{what} is neither below the data root nor in the cache, and {place} is not asked offline",
            remedy,
        )
    return DataError(f"{what} cannot be fetched from {place}: {_brief(reason)}", remedy)


def _brief(error: BaseException | str) -> str:
    text = " ".join(str(error).split())[:_REASON_CHARS]
    return text or (type(error).__name__ if isinstance(error, BaseException) else "no reason given")
