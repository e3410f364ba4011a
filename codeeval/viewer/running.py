"""Serves a folder of runs until a signal ends it."""

from __future__ import annotations

import contextlib
import secrets
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codeeval.errors import UsageError
from codeeval.session.settings import DataOptions

if TYPE_CHECKING:
    from collections.abc import Callable

PORT: Final = 8321
HOST: Final = "127.0.0.1"
"""The page is for this machine alone: texts of models and of tests are in it."""
_CLOSE_S: Final = 2


def view(
    folder: Path | str = "runs",
    *,
    port: int = PORT,
    data_root: Path | str | None = None,
    offline: bool = False,
    ready: Callable[[str], None] = print,
) -> None:
    """Serve a web page over a folder of runs, to this machine, until Ctrl-C: ``codeeval view``.

    It only reads. Its address has a token, which is made anew each time.

    Args:
        folder: where runs are looked for, at any depth up to eight; or one run.
        port: to listen on; 0 for any that is free.
        data_root: a folder that mirrors the Hub, for prompts and references.
        offline: never ask the Hub.
        ready: receives the address once the page is served.

    Raises:
        UsageError: the extra is not installed, the folder is not there, or the port is taken.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", "Name a folder of runs: codeeval view DIR.")
    try:
        import starlette  # noqa: F401, PLC0415 -- of the extra view
        import uvicorn  # noqa: PLC0415 -- as above
    except ImportError:
        raise UsageError("viewing needs starlette and uvicorn", "pip install 'codeeval[view]'") from None
    from codeeval.viewer.access import Access  # noqa: PLC0415 -- as above
    from codeeval.viewer.app import make_app  # noqa: PLC0415 -- as above
    from codeeval.viewer.folder import Folder  # noqa: PLC0415 -- as above
    from codeeval.viewer.pages import Pages  # noqa: PLC0415 -- as above

    data = DataOptions(data_root=None if data_root is None else Path(data_root), offline=offline)
    runs = Folder(folder)
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(contextlib.closing(_bind(port)))
        pages = Pages(runs, data)
        stack.callback(pages.close)
        stack.callback(runs.close)
        token = secrets.token_urlsafe(24)
        bound = listening.getsockname()[1]
        server: uvicorn.Server
        app = make_app(runs, pages, lambda: server.should_exit)
        config = uvicorn.Config(
            Access(app, token, bound),
            log_config=None,
            access_log=False,
            interface="asgi3",
            lifespan="off",
            ws="none",
            proxy_headers=False,
            http="h11",  # which bounds the head of a request
            timeout_graceful_shutdown=_CLOSE_S,
            server_header=False,
        )
        server = uvicorn.Server(config)
        ready(f"http://{HOST}:{bound}/?token={token}")
        with contextlib.suppress(KeyboardInterrupt):  # it has ended in order, and then repeats the signal
            server.run(sockets=[listening])


def _bind(port: int) -> socket.socket:
    """Return a socket that listens to this machine.

    Raises:
        UsageError: it cannot.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise UsageError(
            f"cannot listen on {HOST}:{port}: {error.strerror or error}",
            "Choose another port: --port (0 for any that is free).",
        ) from None
    return listening
