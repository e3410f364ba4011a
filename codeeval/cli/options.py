"""Options that several commands share, gathered into one frozen value a group."""

from __future__ import annotations

import functools
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from codeeval.cli.output import Output, Verbosity
from codeeval.session.settings import (
    DataOptions,
    ExecutionOptions,
    JudgingSettings,
    ModelOptions,
    PromptOptions,
    SamplingOptions,
    SandboxSettings,
    TaskSelection,
    parse_ks,
)
from codeeval.types import Effort, LimitOptions, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

    Function = Callable[..., object]
    Decorator = Callable[[Function], Function]


_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]i?B|B)", re.IGNORECASE)
_UNITS: Final = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 1 << 10,
    "mib": 1 << 20,
    "gib": 1 << 30,
    "tib": 1 << 40,
}


def protocol_option(function: Function) -> Function:
    """Add how programs are judged."""
    return click.option(
        "--protocol",
        metavar="NAME",
        help="How programs are judged: official (default) or, where the benchmark has it, sealed.",
    )(function)


def prompt_options(function: Function) -> Function:
    """Add a benchmark's own options; passed as ``prompting``."""
    return bundle(
        "prompting",
        PromptOptions,
        click.option(
            "--style",
            type=click.Choice([style.value for style in PromptStyle]),
            callback=lambda _context, _option, value: None if value is None else PromptStyle(value),
            help="Prompt style: a text to continue (base) or a conversation (chat). Default: the model's.",
        ),
        click.option("--template", type=_file(), help="Your own Jinja template in place of the protocol's."),
        click.option("--shots", type=click.IntRange(min=0), help="Worked examples in the prompt."),
        click.option("--split", help="The dataset's split. Default: the protocol's."),
        protocol_option,
        click.option(
            "--language",
            metavar="ID",
            help="Ask for solutions in this language and run them, where the benchmark leaves it open.",
        ),
        click.option(
            "--from",
            "from_date",
            metavar="DATE",
            help="Problems from this day or month on (2024-08-01, 2024-08), where they have dates.",
        ),
        click.option(
            "--to", "to_date", metavar="DATE", help="Problems up to this day or month, where they have dates."
        ),
    )(function)


def data_options(function: Function) -> Function:
    """Add where datasets come from; passed as ``data``."""
    return bundle(
        "data",
        DataOptions,
        click.option(
            "--data-root",
            type=click.Path(path_type=Path, file_okay=False, exists=True),
            help="Folder that mirrors the Hub, dataset ids as subfolders.",
        ),
        click.option("--offline", is_flag=True, help="Never fetch data or weights."),
    )(function)


def task_options(function: Function) -> Function:
    """Add which tasks; passed as ``tasks``."""
    return bundle(
        "tasks",
        TaskSelection,
        click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N tasks only."),
        click.option("--task", "tasks", multiple=True, metavar="ID", help="This task only; repeatable."),
    )(function)


def shard_option(function: Function) -> Function:
    """Add ``--shard``, one of the ``tasks``: stands below ``task_options``."""
    return click.option(
        "--shard", metavar="I/N", help="Only the I-th of N parts of the tasks; `codeeval merge` joins them."
    )(function)


def sampling_options(function: Function) -> Function:
    """Add how completions are sampled; passed as ``sampling``."""
    return bundle(
        "sampling",
        SamplingOptions,
        click.option("--n", type=click.IntRange(min=1), metavar="N", help="Samples a task. Default: 1."),
        click.option("--temperature", type=click.FloatRange(min=0), help="Default: the protocol's."),
        click.option(
            "--top-p", type=click.FloatRange(min=0, max=1, min_open=True), help="Default: the protocol's."
        ),
        click.option(
            "--max-tokens", type=click.IntRange(min=1), help="Longest completion. Default: the protocol's."
        ),
        click.option("--seed", type=int, help="With the sample's index, makes one sample reproducible."),
        click.option(
            "--reasoning-tokens",
            type=click.IntRange(min=1),
            metavar="N",
            help="Most tokens of reasoning, beside --max-tokens for the answer. Default: the model's.",
        ),
        click.option(
            "--reasoning-effort",
            type=click.Choice([effort.value for effort in Effort]),
            callback=lambda _context, _option, value: None if value is None else Effort(value),
            help="How much a reasoning model should think. Default: the model's.",
        ),
    )(function)


def model_options(function: Function) -> Function:
    """Add how a model is used; passed as ``model_options``."""
    return bundle(
        "model_options",
        ModelOptions,
        click.option(
            "--concurrency",
            type=click.IntRange(min=1),
            help="Requests in flight, fewer while a server is overloaded. Default: adaptive.",
        ),
        click.option(
            "--rpm",
            "requests_per_minute",
            type=click.FloatRange(min=0, min_open=True),
            help="Most requests a minute.",
        ),
        click.option(
            "--tpm",
            "tokens_per_minute",
            type=click.FloatRange(min=0, min_open=True),
            help="Most tokens a minute.",
        ),
        click.option(
            "--cache/--no-cache",
            default=None,
            help="Use and keep completions of other runs. Default: where the model's name identifies its "
            "weights, so not for a server of your own.",
        ),
        click.option("--batch", is_flag=True, help="Use the provider's batch API: cheaper, slower."),
        click.option(
            "--max-cost",
            "max_cost_usd",
            type=click.FloatRange(min=0, min_open=True),
            metavar="USD",
            help="Stop before the run's completions cost more.",
        ),
        *_serving_options(),
        click.option("--prices", type=_file(), help="Your own prices, in place of the known ones."),
        click.option(
            "--timeout",
            "timeout_s",
            type=click.FloatRange(min=0, min_open=True),
            default=600.0,
            show_default=True,
            metavar="SECONDS",
            help="Longest wait for one answer of the model.",
        ),
    )(function)


def _serving_options() -> tuple[Decorator, ...]:
    """Return the options of a model that is served for a run."""
    return (
        click.option(
            "--replicas",
            type=click.IntRange(min=1),
            metavar="N",
            help="Serve openai:NAME by N servers on a Ray cluster, for as long as the run takes.",
        ),
        click.option(
            "--serve-command",
            metavar="COMMAND",
            help="What each server runs, with {model}, {host} and {port}. Default: vllm serve.",
        ),
        click.option(
            "--serve-on",
            default="auto",
            show_default=True,
            metavar="ADDRESS",
            help="The Ray cluster of the servers: HOST:PORT, or auto.",
        ),
        click.option(
            "--replica-gpus",
            type=click.FloatRange(min=0),
            default=1.0,
            show_default=True,
            metavar="N",
            help="GPUs of each server, on one node.",
        ),
        click.option(
            "--serve-wait",
            "serve_wait_s",
            type=click.FloatRange(min=0, min_open=True),
            default=1800.0,
            show_default=True,
            metavar="SECONDS",
            help="How long the first server may take until it answers.",
        ),
    )


def sandbox_options(function: Function) -> Function:
    """Add where programs are executed; passed as ``sandbox``."""
    return bundle(
        "sandbox",
        SandboxSettings,
        click.option(
            "--sandbox",
            default="auto",
            show_default=True,
            metavar="NAME[:PATH]",
            help="auto, docker, bubblewrap, fstar, lean or a plug-in's. auto: Docker if an engine responds "
            "and has the image, else bubblewrap. http://HOST:PORT is a `codeeval serve` there. fstar:PATH "
            "and lean:PATH (the program, or a Lake project) check proofs with a local prover, not with the "
            "image's; fstar:double:DIR repeats recorded sessions.",
        ),
        click.option(
            "--ray",
            metavar="ADDRESS",
            help="Execute on the nodes of a Ray cluster (HOST:PORT, or auto) that offer codeeval_exec, with "
            "what --sandbox names there. --sandbox ray is --ray auto.",
        ),
        click.option(
            "--ray-wait",
            "ray_wait_s",
            type=click.FloatRange(min=0, min_open=True),
            default=60.0,
            show_default=True,
            metavar="SECONDS",
            help="How long the cluster may have no node that executes.",
        ),
        click.option(
            "--allow-mixed",
            is_flag=True,
            help="Use nodes of the cluster whose images or toolchain differ from the others', too.",
        ),
        click.option(
            "--calibrate",
            is_flag=True,
            help="Scale limits on time by how fast each node computes, which run.json records in any case.",
        ),
        click.option("--runtime", metavar="NAME", help="Container runtime, for example runsc (gVisor)."),
        click.option(
            "--workers", type=click.IntRange(min=1), help="Programs at a time. Default: one a core."
        ),
        click.option(
            "--max-sandboxes",
            type=click.IntRange(min=1),
            default=16,
            show_default=True,
            help="Sandboxes kept at once where a run needs several images.",
        ),
        click.option(
            "--cold",
            is_flag=True,
            help="Plain commands only: no warm interpreters and compilers, to compare verdicts and speed.",
        ),
    )(function)


def execution_options(function: Function) -> Function:
    """Add how executions are repeated, and when a run counts as failed; passed as ``execution``."""
    return bundle(
        "execution",
        ExecutionOptions,
        click.option(
            "--max-sandbox-errors",
            type=click.FloatRange(min=0, max=1),
            default=0.01,
            show_default=True,
            metavar="SHARE",
            help="Share of samples without verdict above which the run counts as failed.",
        ),
        click.option(
            "--timeout-reruns",
            type=click.IntRange(min=0),
            default=1,
            show_default=True,
            help="Times that a TIMEOUT in wall time must repeat, at the end, before it counts.",
        ),
        click.option(
            "--force",
            is_flag=True,
            help="Score although too few reference solutions pass here.",
        ),
        click.option(
            "--execution-cache/--no-execution-cache",
            default=None,
            help="Do not execute again what an earlier run executed in the same image, and keep what is "
            "executed. Default: where a model generates, so not for completions that exist already.",
        ),
    )(function)


def limit_options(function: Function) -> Function:
    """Add what programs may use; passed as ``limits``."""
    seconds = click.FloatRange(min=0, min_open=True)
    return bundle(
        "limits",
        LimitOptions,
        click.option(
            "--cpu-limit",
            "cpu_s",
            type=seconds,
            metavar="SECONDS",
            help="CPU time of a program's run, or of each of its calls where these are limited. "
            "Compilation keeps its own limit. Default: the benchmark's.",
        ),
        click.option(
            "--wall-limit",
            "wall_s",
            type=seconds,
            metavar="SECONDS",
            help="Wall time of a run; of a proof. Default: the benchmark's, raised as far as --cpu-limit is.",
        ),
        click.option(
            "--memory-limit",
            "memory_bytes",
            callback=size,
            metavar="SIZE",
            help="Memory of a run, for example 512MB or 2GiB; compilation may use as much. Default: the "
            "benchmark's.",
        ),
        click.option(
            "--output-limit",
            "output_bytes",
            callback=size,
            metavar="SIZE",
            help="What a run may print to each stream. Default: 1 MiB where output is compared; elsewhere "
            "it is not limited, and the beginning and the end of a long one are kept.",
        ),
    )(function)


def size(_context: click.Context, _option: click.Parameter, value: str | None) -> int | None:
    """Read a number of bytes with its unit."""
    if value is None:
        return None
    match = _SIZE.fullmatch(value.strip())
    size = round(float(match[1]) * _UNITS[match[2].lower()]) if match else 0
    if size < 1:
        raise click.BadParameter(f"{value!r} is not a size such as 512MB or 2GiB")
    return size


def k_option(function: Function) -> Function:
    """Add ``--k``; passed as ``k``, a tuple."""
    return click.option(
        "--k",
        default="1,10,100",
        show_default=True,
        callback=lambda _context, _option, value: parse_ks(value),
        help="Which pass@k; each needs that many samples of every task.",
    )(function)


def judging_options(function: Function) -> Function:
    """Add how solutions with known verdicts are judged; passed as ``judging``."""
    return bundle(
        "judging",
        JudgingSettings,
        click.option("--split", help="The dataset's split. Default: the protocol's."),
        task_options,
        data_options,
        sandbox_options,
        limit_options,
        protocol_option,
    )(function)


def notify_option(function: Function) -> Function:
    """Add ``--notify``; passed as ``notify``."""

    def checked(_context: click.Context, _option: click.Parameter, url: str | None) -> str | None:
        if url is None:
            return None
        from codeeval.session.notifying import check_url  # noqa: PLC0415 -- costs 30 ms, where it is asked for

        return check_url(url)

    return click.option(
        "--notify",
        metavar="URL",
        callback=checked,
        help="Post a JSON document there when it has ended or failed.",
    )(function)


def recorded_command() -> tuple[str, ...]:
    """Return the command line for the record, without the URL of ``--notify``, which may be a secret."""
    kept = ["codeeval"]
    arguments = iter(sys.argv[1:])
    for argument in arguments:
        if argument == "--notify":
            next(arguments, None)
        elif not argument.startswith("--notify="):
            kept.append(argument)
    return tuple(kept)


def given_settings(context: click.Context) -> dict[str, object]:
    """Return the settings that stand on the command line, by the names that ``codeeval.run`` gives them.

    Defaults are not among them, for what a suite states takes precedence over those.
    """
    from codeeval.session.keywords import setting_names  # noqa: PLC0415 -- only for suites

    given: dict[str, object] = {
        name: value
        for name, value in context.params.items()
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    }
    limits = {name: given.pop(name) for name in LimitOptions.__struct_fields__ if name in given}
    settings = {name: value for name, value in given.items() if name in setting_names()}
    return settings | ({"limits": limits} if limits else {})


def output_options(function: Function) -> Function:
    """Add ``--json``, ``-q`` and ``-v``; passed as ``output``."""

    @functools.wraps(function)
    def gathered(*, as_json: bool, quiet: bool, verbose: bool, **values: object) -> object:
        verbosity = Verbosity.QUIET if quiet else Verbosity.VERBOSE if verbose else Verbosity.NORMAL
        return function(output=Output(json=as_json, verbosity=verbosity), **values)

    options = (
        click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout, for machines."),
        click.option("-q", "--quiet", is_flag=True, help="The result only, no progress."),
        click.option("-v", "--verbose", is_flag=True, help="Print more on the way."),
    )
    return _apply(options, gathered)


def _file() -> click.Path:
    return click.Path(path_type=Path, dir_okay=False)


def bundle(name: str, kind: type[msgspec.Struct], *options: Decorator) -> Decorator:
    """Make a decorator that adds options and passes their values on as one ``kind`` named ``name``."""

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def gathered(**values: object) -> object:
            fields = {field: values.pop(field) for field in kind.__struct_fields__ if field in values}
            return function(**values, **{name: kind(**fields)})

        return _apply(options, gathered)

    return decorate


def _apply(options: tuple[Decorator, ...], function: Function) -> Function:
    for option in reversed(options):
        function = option(function)
    return function
