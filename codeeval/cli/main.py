"""The ``codeeval`` command: finds the subcommand, and turns every error into a message and an exit code."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from codeeval import __version__
from codeeval.cli.lazy import LazyCommand, LazyGroup, OutputClosed
from codeeval.errors import (
    CodeEvalError,
    Interrupted,
    PluginError,
    StorageError,
    UsageError,
    is_storage_error,
)
from codeeval.rendering.console import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_BUG: Final = 70
"""An error that codeeval did not foresee (EX_SOFTWARE of sysexits.h)."""
_LAST_STANDARD: Final = 2
"""Descriptor of standard error."""
EXIT_BROKEN_PIPE: Final = 141
"""Whoever read the output stopped reading; a shell shows the same for a death by SIGPIPE."""

COMMANDS: Final[dict[str, LazyCommand]] = {
    "run": LazyCommand("codeeval.cli.run:run", "Generate, execute and score: a benchmark on a model."),
    "generate": LazyCommand("codeeval.cli.generate:generate", "Sample completions only; needs no sandbox."),
    "execute": LazyCommand("codeeval.cli.execute:execute", "Execute and score completions from a file."),
    "score": LazyCommand("codeeval.cli.score:score", "Recompute a run's metrics from its records."),
    "merge": LazyCommand("codeeval.cli.merge:merge", "Put the shards of a run together."),
    "show": LazyCommand("codeeval.cli.show:show", "Show a run, or one sample from prompt to verdict."),
    "status": LazyCommand("codeeval.cli.status:status", "Show how far a run or a suite is."),
    "extraction": LazyCommand(
        "codeeval.cli.extraction:extraction", "Audit how the code of a run's samples was found."
    ),
    "compare": LazyCommand("codeeval.cli.compare:compare", "Compare runs, paired by task."),
    "gate": LazyCommand("codeeval.cli.gate:gate", "Decide whether a candidate may pass, for CI."),
    "report": LazyCommand("codeeval.cli.report:report", "Write one HTML file about one or more runs."),
    "view": LazyCommand("codeeval.cli.view:view", "Look at runs in a browser, while they are going too."),
    "export": LazyCommand("codeeval.cli.export:export", "Write a run's samples and results for other tools."),
    "import": LazyCommand("codeeval.cli.importing:import_", "Make a run of another tool's log."),
    "translate": LazyCommand(
        "codeeval.cli.translate:translate", "Translate a Python benchmark into other languages."
    ),
    "explain": LazyCommand("codeeval.cli.explain:explain", "State a benchmark's protocol, with sources."),
    "list": LazyCommand("codeeval.cli.listing:list_", "List benchmarks, models, sandboxes and languages."),
    "models": LazyCommand("codeeval.cli.models:models", "Pull and list models that run here."),
    "cache": LazyCommand("codeeval.cli.cache:cache", "Look at and prune the kept completions."),
    "surge": LazyCommand(
        "codeeval.benchmarks.surge.command.cli:surge", "Run SURGE's programs, and check its answers."
    ),
    "serve": LazyCommand("codeeval.cli.serve:serve", "Serve sandboxes over HTTP, for trainers."),
    "sandbox": LazyCommand("codeeval.cli.sandbox:sandbox", "Build, check, list and prune sandbox images."),
    "bundle": LazyCommand(
        "codeeval.cli.bundle:bundle", "Pack data, images and wheels for a machine without network."
    ),
    "unbundle": LazyCommand("codeeval.cli.bundle:unbundle", "Install a bundle's data and sandbox images."),
    "audit": LazyCommand(
        "codeeval.cli.audit:audit", "Measure how often the judge is wrong, on solutions with known verdicts."
    ),
    "packages": LazyCommand("codeeval.benchmarks.tasks.command.cli:packages", "Prepare problem packages."),
    "doctor": LazyCommand(
        "codeeval.cli.doctor:doctor", "Report what works on this machine, and what would help."
    ),
}


@click.group(
    cls=LazyGroup, lazy=COMMANDS, extensible=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="codeeval")
def cli() -> None:
    """Measure how well language models write code.

    \b
    codeeval run humaneval --model local:smollm2 --limit 20
    codeeval show runs/humaneval--local-smollm2 --task HumanEval/0
    """  # noqa: D301 -- \b is click's mark for a paragraph that must not be wrapped
    if Path("codeeval.toml").exists():
        from codeeval.session.ignored import ignored_settings  # noqa: PLC0415 -- rarely there

        for note in ignored_settings():
            click.echo(shown(f"codeeval: {note}", on_stderr=True), err=True)


def main() -> None:
    """Run the command line and leave with its exit code."""
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # absent on replaced streams
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code. No error passes, and no traceback is shown."""
    try:
        if trouble := _trouble_with_folder():
            return _report(UsageError(f"the working directory {trouble}", "Change to another one."))
        code = _invoke(arguments)
        sys.stdout.flush()
    except (OutputClosed, BrokenPipeError):
        _silence_stdout()
        return EXIT_BROKEN_PIPE
    except OSError as error:
        _silence_stdout()
        if is_storage_error(error):
            return _report(
                StorageError(_describe(error), "Free space or choose another place; what was done is kept.")
            )
        return _report_bug(error)
    return code


def _open_streams() -> None:
    """Put the null device in the place of standard streams that are closed, as a parent may leave them.

    Else the next file that is opened would get their number, and what is printed would go into it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _LAST_STANDARD:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w", encoding="utf-8"))


def _trouble_with_folder() -> str:
    """Return what is wrong with the working directory, where relative paths begin; empty if nothing is."""
    try:
        Path.cwd()
        Path().stat()
    except FileNotFoundError:
        return "no longer exists"
    except PermissionError:
        return "may not be entered by this user"
    return ""


def _invoke(arguments: Sequence[str]) -> int:
    try:
        result = cli.main(args=list(arguments), prog_name="codeeval", standalone_mode=False)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code
    except CodeEvalError as error:
        return _report(error)
    except (KeyboardInterrupt, click.Abort):
        return _report(Interrupted("interrupted", "What was done is kept; the same command resumes."))
    except (OSError, OutputClosed):
        raise
    except Exception as error:  # noqa: BLE001 -- the last boundary: no traceback may reach a user
        return _report_bug(error)
    return result if isinstance(result, int) else 0


def _report(error: CodeEvalError) -> int:
    """Print what happened and what to do next."""
    click.echo(shown(f"codeeval: {error.message}", on_stderr=True), err=True)
    if isinstance(error, PluginError) and error.__cause__ is not None:
        path = _save_traceback(error)
        click.echo(f"Its traceback is in {path}" if path else "Its traceback could not be saved.", err=True)
    if error.remedy:
        click.echo(shown(error.remedy, on_stderr=True), err=True)
    return error.exit_code


def _report_bug(error: BaseException) -> int:
    """Keep the traceback of an unforeseen error in a file and print where it is, and whose fault it is."""
    from codeeval.session.faults import plugin_fault  # noqa: PLC0415 -- not for --help

    if fault := plugin_fault(error):
        return _report(fault)
    kind = type(error).__name__
    click.echo(shown(f"codeeval: this is a bug in codeeval: {kind}: {error}", on_stderr=True), err=True)
    path = _save_traceback(error)
    if path:
        click.echo(f"Please report it with the traceback in {path}", err=True)
    else:
        click.echo("Its traceback could not be saved: no temporary file can be written.", err=True)
    return EXIT_BUG


def _save_traceback(error: BaseException) -> Path | None:
    """Write an error's traceback to a temporary file; None where none can be written."""
    try:
        handle, name = tempfile.mkstemp(prefix="codeeval-bug-", suffix=".txt", text=True)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"codeeval {__version__}, Python {sys.version}\n{' '.join(sys.argv)}\n\n")
            file.writelines(traceback.format_exception(error))
    except OSError:
        return None
    return Path(name)


def _describe(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else f"cannot write: {reason}"


def _silence_stdout() -> None:
    """Send what is still buffered nowhere, so that the interpreter's last flush does not fail again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
