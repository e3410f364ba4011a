"""Opens the executions of earlier runs, where a run is to use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.config import load_settings
from codeeval.errors import StorageError
from codeeval.pipeline.execution_cache import ExecutionCache, identities
from codeeval.sandboxes.remote import SCHEMES

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Sequence

    from codeeval.session.hooks import Notes
    from codeeval.session.sandboxes import OpenPool
    from codeeval.session.settings import RunRequest


def open_execution_cache(
    request: RunRequest,
    images: Sequence[str],
    opened: OpenPool,
    stack: contextlib.ExitStack,
    notes: Notes,
    *,
    generates: bool,
) -> ExecutionCache | None:
    """Open the execution cache; None where it is not wanted, or cannot be used.

    Args:
        request: states whether it is wanted.
        images: of the run's programs.
        opened: the sandboxes, which state the images' digests.
        stack: closes it.
        notes: receives why it is not used, where it was asked for or is unsafe.
        generates: whether a model generates the run's completions, so that it is wanted by default.
    """
    settings, asked = load_settings(), request.execution.execution_cache
    wanted = asked if asked is not None else generates and settings.cache != "off"
    if not wanted or not images:
        return None
    remote = request.sandbox.sandbox.startswith(SCHEMES)
    made_by = {} if remote else identities(opened.info, images, cold=request.sandbox.cold)
    if not made_by:
        if asked:
            why = "a service executes" if remote else "the sandbox has no image whose digest it could state"
            notes(f"the execution cache is not used: {why}")
        return None
    try:
        return stack.enter_context(ExecutionCache(settings.cache_dir, made_by, notes))
    except StorageError as error:
        notes(f"the execution cache is not used: {error.message}. {error.remedy}")
        return None
