"""Where the lines are that CI services link to."""

from __future__ import annotations

from pathlib import Path

from codeeval.records import VERDICTS


def verdicts_path(run: str) -> Path:
    """Return the path of a run's verdicts, below the working directory where it is there.

    CI services know files by their path in the repository, which is where a workflow's commands run.
    """
    path = Path(run) / VERDICTS
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        return path.relative_to(Path.cwd())
    return path
