"""``codeeval serve``: the judge as a service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from codeeval.cli import options

if TYPE_CHECKING:
    from codeeval.cli.output import Output
    from codeeval.session.settings import DataOptions, SandboxSettings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 for any that is free."
)
@click.option(
    "--languages", default="python", show_default=True, metavar="ID,...", help="What programs are written in."
)
@click.option(
    "--token",
    "token_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A file with the secret that clients must send; needed beyond this machine.",
)
@click.option(
    "--max-body",
    "max_body_bytes",
    callback=options.size,
    default="32MiB",
    show_default=True,
    metavar="SIZE",
    help="Longest request.",
)
@click.option(
    "--max-queue",
    type=click.IntRange(min=1),
    default=1024,
    show_default=True,
    metavar="N",
    help="Programs that wait for a slot; more are refused.",
)
@click.option(
    "--queue-timeout",
    "queue_s",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="Longest wait for a slot, where a protocol does not say how long its clients wait.",
)
@click.option(
    "--drain",
    "drain_s",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long programs may run on when the service ends.",
)
@click.option(
    "--max-sessions",
    type=click.IntRange(min=0),
    default=8,
    show_default=True,
    metavar="N",
    help="Stateful sandboxes at once, beside --workers.",
)
@click.option(
    "--session-idle",
    "session_idle_s",
    type=click.FloatRange(min=0, min_open=True),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a session is kept that nobody uses.",
)
@options.sandbox_options
@options.data_options
@options.output_options
def serve(
    *,
    host: str,
    port: int,
    languages: str,
    token_file: Path | None,
    max_body_bytes: int,
    max_queue: int,
    queue_s: float,
    drain_s: float,
    max_sessions: int,
    session_idle_s: float,
    sandbox: SandboxSettings,
    data: DataOptions,
    output: Output,
) -> None:
    """Serve sandboxes over HTTP, for trainers and other tools.

    Clients of SandboxFusion, and trainers with a reward route, use it without a change; docs/serve.md lists
    the routes. SIGTERM ends it once the programs at work are done.
    """
    from codeeval.serve.running import serve as run_service  # noqa: PLC0415 -- not for --help
    from codeeval.serve.settings import ServeSettings, read_token  # noqa: PLC0415 -- as above

    settings = ServeSettings(
        host=host,
        port=port,
        languages=tuple(name for name in (each.strip() for each in languages.split(",")) if name),
        sandbox=sandbox,
        data=data,
        token=read_token(token_file) if token_file else "",
        max_body_bytes=max_body_bytes,
        max_queue=max_queue,
        queue_s=queue_s,
        drain_s=drain_s,
        max_sessions=max_sessions,
        session_idle_s=session_idle_s,
    )
    run_service(settings, output.note)
