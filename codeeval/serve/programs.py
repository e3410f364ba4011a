"""What a service is, and programs that are executed and not judged: for ``--sandbox http://HOST:PORT``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codeeval import __version__
from codeeval.errors import UsageError
from codeeval.serve.endpoint import Endpoint, native_failure
from codeeval.session.wire import Info, ProgramBody
from codeeval.types import Execution, WorkFolder

if TYPE_CHECKING:
    from codeeval.serve.endpoint import Asked
    from codeeval.serve.service import Service

LONGEST_S: Final = 3600.0


async def info(service: Service, _asked: Asked) -> Info:
    """Say what this service is."""
    pool = service.sandbox.pool_for(())
    described = pool.info.description
    images = service.sandbox.images
    return Info(
        version=__version__,
        workers=service.settings.workers,
        languages=tuple(name for name in service.settings.languages if name not in service.sandbox.missing),
        images={
            name: described.get(f"{name}.image_id") or described.get("image_id", described.get("image", name))
            for name in images
            if name not in pool.missing
        },
        sandbox=pool.info,
    )


async def run_program(service: Service, asked: Asked) -> Execution:
    """Execute a program."""
    program = asked.body.program
    if program.work_folder is WorkFolder.KEPT:
        raise UsageError("nothing is kept for the next program", "Start a session: POST /v1/sessions.")
    if not program.steps:
        raise UsageError("the program has no steps")
    if max(step.limits.wall_s for step in program.steps) > LONGEST_S:
        raise UsageError(f"a limit on wall time is over {LONGEST_S:g} s")
    return await service.run(program, asked.caller)


ENDPOINTS: Final = (
    Endpoint("GET", "/v1/info", "What this service is", None, Info, info, native_failure),
    Endpoint(
        "POST",
        "/v1/programs",
        "Execute a program without judging it; --sandbox http://HOST:PORT",
        ProgramBody,
        Execution,
        run_program,
        native_failure,
        strict=True,
    ),
)
