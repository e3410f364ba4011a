"""Options that several commands share, gathered into one frozen value a group."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from codeeval.cli.output import Output, Verbosity
from codeeval.metrics import parse_ks
from codeeval.types import Effort, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = Callable[..., object]
    Decorator = Callable[[Function], Function]


class BenchmarkChoice(msgspec.Struct, frozen=True, kw_only=True):
    """How a benchmark asks, from ``--style``, ``--template``, ``--shots`` and ``--split``."""

    style: PromptStyle | None
    template: Path | None
    shots: int | None
    split: str | None


class DataChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Where datasets come from, from ``--data-root`` and ``--offline``."""

    data_root: Path | None
    offline: bool


class TaskChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks, from ``--limit`` and ``--task``."""

    limit: int | None
    task: tuple[str, ...]


class SamplingChoice(msgspec.Struct, frozen=True, kw_only=True):
    """How completions are drawn; None leaves the protocol's own value."""

    n: int | None
    temperature: float | None
    top_p: float | None
    max_tokens: int | None
    seed: int | None
    reasoning_tokens: int | None = None
    reasoning_effort: Effort | None = None


class ModelChoice(msgspec.Struct, frozen=True, kw_only=True):
    """How a model's server is used; None leaves the backend's own value."""

    concurrency: int | None
    rpm: float | None
    timeout: float
    tpm: float | None = None
    cache: bool | None = None
    """None: where the model's name says which weights answer."""
    batch: bool = False
    max_cost: float | None = None
    prices: Path | None = None


class SandboxChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Where programs run."""

    sandbox: str
    runtime: str | None
    workers: int | None
    max_sandboxes: int
    cold: bool
    max_sandbox_errors: float
    timeout_reruns: int
    force: bool = False
    fstar: str | None = None
    lean: str | None = None


def benchmark_options(function: Function) -> Function:
    """Add what decides how the benchmark asks; passed as ``asking``."""
    return bundle(
        "asking",
        BenchmarkChoice,
        click.option(
            "--style",
            type=click.Choice([style.value for style in PromptStyle]),
            callback=lambda _context, _option, value: None if value is None else PromptStyle(value),
            help="Continue a text (base) or answer a conversation (chat). Default: as the model is.",
        ),
        click.option("--template", type=_file(), help="Your own Jinja template in place of the protocol's."),
        click.option("--shots", type=click.IntRange(min=0), help="Worked examples in the prompt."),
        click.option("--split", help="The dataset's split. Default: the protocol's."),
    )(function)


def data_options(function: Function) -> Function:
    """Add where datasets come from; passed as ``data``."""
    return bundle(
        "data",
        DataChoice,
        click.option(
            "--data-root",
            type=click.Path(path_type=Path, file_okay=False, exists=True),
            help="Folder that mirrors the Hub, dataset ids as subfolders.",
        ),
        click.option("--offline", is_flag=True, help="Never ask the Hub."),
    )(function)


def task_options(function: Function) -> Function:
    """Add which tasks; passed as ``tasks``."""
    return bundle(
        "tasks",
        TaskChoice,
        click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N tasks only."),
        click.option("--task", multiple=True, metavar="ID", help="This task only; may be given again."),
    )(function)


def sampling_options(function: Function) -> Function:
    """Add how completions are drawn; passed as ``drawing``."""
    return bundle(
        "drawing",
        SamplingChoice,
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
    """Add how a model's server is used; passed as ``serving``."""
    return bundle(
        "serving",
        ModelChoice,
        click.option(
            "--concurrency",
            type=click.IntRange(min=1),
            help="Requests in flight, fewer while a server is overloaded. Default: found out.",
        ),
        click.option("--rpm", type=click.FloatRange(min=0, min_open=True), help="Most requests a minute."),
        click.option("--tpm", type=click.FloatRange(min=0, min_open=True), help="Most tokens a minute."),
        click.option(
            "--cache/--no-cache",
            default=None,
            help="Use and keep completions of other runs. Default: where the model's name says which weights "
            "answer, so not for a server of your own.",
        ),
        click.option("--batch", is_flag=True, help="Draw through the provider's batch API: cheaper, slower."),
        click.option(
            "--max-cost",
            type=click.FloatRange(min=0, min_open=True),
            metavar="USD",
            help="Stop before the run's completions cost more.",
        ),
        click.option("--prices", type=_file(), help="Your own prices; they go before the known ones."),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True),
            default=600.0,
            show_default=True,
            metavar="SECONDS",
            help="Longest wait for one answer of the model.",
        ),
    )(function)


def sandbox_options(function: Function) -> Function:
    """Add where programs run; passed as ``place``."""
    return bundle(
        "place",
        SandboxChoice,
        click.option(
            "--sandbox",
            default="auto",
            show_default=True,
            metavar="auto|docker|bubblewrap",
            help="auto: Docker if an engine answers and has the image, else bubblewrap.",
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
            help="Times that a TIMEOUT must repeat, run alone at the end, before it counts.",
        ),
        click.option(
            "--fstar",
            metavar="PATH",
            help="A local fstar.exe in place of the image, for proofs in F*; double:DIR for recordings.",
        ),
        click.option(
            "--lean",
            metavar="PATH",
            help="A local lean or a Lake project in place of the image, for Lean; double:DIR for sessions.",
        ),
        click.option(
            "--force",
            is_flag=True,
            help="Score although too few reference solutions pass here (benchmarks that check them first).",
        ),
    )(function)


def k_option(function: Function) -> Function:
    """Add ``--k``; passed as ``k``, a tuple."""
    return click.option(
        "--k",
        default="1,10,100",
        show_default=True,
        callback=lambda _context, _option, value: parse_ks(value),
        help="Which pass@k; each needs that many samples of every task.",
    )(function)


def output_options(function: Function) -> Function:
    """Add ``--json``, ``-q`` and ``-v``; passed as ``output``."""

    @functools.wraps(function)
    def gathered(*, as_json: bool, quiet: bool, verbose: bool, **values: object) -> object:
        verbosity = Verbosity.QUIET if quiet else Verbosity.VERBOSE if verbose else Verbosity.NORMAL
        return function(output=Output(json=as_json, verbosity=verbosity), **values)

    options = (
        click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout, for machines."),
        click.option("-q", "--quiet", is_flag=True, help="The result only, no progress."),
        click.option("-v", "--verbose", is_flag=True, help="Say more on the way."),
    )
    return _apply(options, gathered)


def _file() -> click.Path:
    return click.Path(path_type=Path, dir_okay=False)


def bundle(name: str, kind: type[msgspec.Struct], *options: Decorator) -> Decorator:
    """Make a decorator that adds options and passes their values on as one ``kind`` named ``name``."""

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def gathered(**values: object) -> object:
            fields = {field: values.pop(field) for field in kind.__struct_fields__}
            return function(**values, **{name: kind(**fields)})

        return _apply(options, gathered)

    return decorate


def _apply(options: tuple[Decorator, ...], function: Function) -> Function:
    for option in reversed(options):
        function = option(function)
    return function
