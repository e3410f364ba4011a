"""Serves a service until a signal ends it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from typing import TYPE_CHECKING, Final

from codeeval.errors import UsageError
from codeeval.serve.service import Service

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import uvicorn

    from codeeval.serve.settings import ServeSettings
    from codeeval.session.hooks import Notes

CLOSE_S: Final = 5
"""How long open connections may take to end once nothing is at work."""
BACKLOG: Final = 2048
KEEP_ALIVE_S: Final = 75
"""How long an idle connection is kept: longer than clients pause, or they would ask as it closes."""


def serve(settings: ServeSettings, notes: Notes) -> None:
    """Serve until SIGTERM or SIGINT; then finish what is at work, and end the sandboxes.

    Args:
        settings: what the service is started with.
        notes: receives what an operator should know, a line each.

    Raises:
        UsageError: the extra is not installed, or the address is in use.
        SandboxError: no sandbox works.
    """
    try:
        import uvicorn  # noqa: PLC0415 -- of the extra serve
    except ImportError:
        raise UsageError("serving needs uvicorn", "pip install 'codeeval[serve]'") from None
    from codeeval.serve.app import make_app  # noqa: PLC0415 -- as above
    from codeeval.serve.connections import bounded_protocol  # noqa: PLC0415 -- as above

    log_to_stderr()
    listening = bind(settings)
    service = Service(settings, notes)
    app = make_app(service)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        interface="asgi3",
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=CLOSE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
        server_header=False,
        http=bounded_protocol(),
    )

    class Server(uvicorn.Server):
        """Leaves signals to ``_serve``, which drains first."""

        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None]:
            yield

    server = Server(config)
    with (
        contextlib.closing(listening),
        asyncio.Runner(loop_factory=config.get_loop_factory()) as runner,
    ):
        runner.run(_serve(server, service, listening, notes))


def bind(settings: ServeSettings) -> socket.socket:
    """Return a socket that listens.

    Raises:
        UsageError: it cannot.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise UsageError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}",
            "Choose another address: --host, --port (0 for any that is free).",
        ) from None
    return listening


def log_to_stderr() -> None:
    """Have requests logged on standard error, a line of JSON each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    log = logging.getLogger("codeeval.serve")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


async def _serve(server: uvicorn.Server, service: Service, listening: socket.socket, notes: Notes) -> None:
    await service.open()
    try:
        host, port = listening.getsockname()[:2]
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        notes(f"serving {', '.join(service.settings.languages)} on http://{_shown(host)}:{port}")
        with _end_requested() as requested:
            ending = asyncio.create_task(requested.wait())
            await asyncio.wait({serving, ending}, return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
            notes("ending: no new programs are admitted")
            await service.drain()
            server.should_exit = True
            await serving
    finally:
        await service.close()


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@contextlib.contextmanager
def _end_requested() -> Iterator[asyncio.Event]:
    """Set an event at the first signal to end, instead of what they do otherwise."""
    loop, requested = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, requested.set)
    try:
        yield requested
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
