"""What every benchmark owes: stable prompts and programs, references that pass, cheats that fail."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.errors import CodeEvalError, UsageError
from codeeval.extraction import NO_CODE_RULE
from codeeval.interfaces import (
    BENCHMARK_ABILITIES,
    Benchmark,
    BenchmarkOptions,
    DataSource,
    ExcludesProblems,
    LacksReferences,
    NeedsExpectedOutputs,
)
from codeeval.languages import LANGUAGES
from codeeval.registry.checking import faults, members
from codeeval.sandboxes.images import catalogue
from codeeval.session.benchmarks import images_of
from codeeval.session.doctor import check_benchmark as execute_controls
from codeeval.session.expected_outputs import with_expected_outputs
from codeeval.session.hooks import no_notes
from codeeval.session.sandboxes import open_pool
from codeeval.session.settings import SandboxSettings
from codeeval.testing.account import Account
from codeeval.types import Completion, CompletionKind, CompletionOrigin, Program, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.interfaces import BenchmarkFactory, LoadedProblems
    from codeeval.pipeline import ProgramPool
    from codeeval.types import Problem

SAMPLE: Final = 3
"""An index that no benchmark would make up."""
HOSTILE: Final = {
    "an empty text": "",
    "white space": " \n\t\n",
    "a NUL": "a\0b",
    "a lone surrogate": "x = '\ud800'\n",
    "an open fence": "```",
    "fences without code": "```\n```\n```python\n```",
    "deep nesting": "(" * 5_000,
    "a long line": "x" * 100_000,
    "prose": "I cannot help with that.",
    "carriage returns": "def f():\r\n    return 1\r\n",
}
"""What models write, and worse. No benchmark may fail on any of it."""
HOSTILE_TASKS: Final = 3


def check_benchmark(
    factory: BenchmarkFactory,
    options: BenchmarkOptions = BenchmarkOptions(),
    *,
    data: DataSource = DataSource(offline=True),
    tasks: int | None = None,
    sandbox: str = "",
) -> None:
    """Check a benchmark.

    Args:
        factory: makes it: what its entry point names.
        options: what it is made with; check every variant and both styles where prompts differ.
        data: where its dataset comes from.
        tasks: look at the first so many tasks; None for all.
        sandbox: execute references and cheats in sandboxes of this kind; empty for not executing anything.

    Raises:
        AssertionError: it does not do what a benchmark must; its text lists what was found.
    """
    made = factory(options)
    account = Account(f"the benchmark {getattr(made, 'name', made)!r}")
    _check_members(account, made)
    account.close()
    with account.allowing("load"):
        loaded = made.load(data)
    account.close()
    _check_problems(account, made, loaded, data)
    chosen = loaded.problems[:tasks]
    if not sandbox:
        _check_tasks(account, made, chosen, complete=not isinstance(made, NeedsExpectedOutputs))
        account.close()
        return
    ids = {problem.task_id for problem in chosen}
    try:
        with open_pool(images_of(made), SandboxSettings(sandbox=sandbox), no_notes) as opened:
            loaded = with_expected_outputs(made, loaded, ids, opened, no_notes)
            chosen = tuple(each for each in loaded.problems if each.task_id in ids)
            if isinstance(made, ExcludesProblems):
                chosen = tuple(each for each in chosen if made.is_included(each))
            _check_tasks(account, made, chosen, complete=True)
            account.close()
            _check_controls(account, made, chosen, opened.pool)
    except CodeEvalError as error:
        account.note(f"{error.message} {error.remedy}".strip())
    account.close()


def _check_tasks(account: Account, made: Benchmark, problems: Sequence[Problem], *, complete: bool) -> None:
    """Check prompts and programs, as far as they do not wait for outputs that the references give."""
    waits = not complete and isinstance(made, ExcludesProblems) and made.prompts_need_expected_outputs
    for number, problem in enumerate(problems if not waits else ()):
        with account.allowing(f"{problem.task_id}: prompt"):
            _check_prompt(account, made, problem)
        if complete:
            _check_programs(account, made, problem)
        if number < HOSTILE_TASKS:
            _check_hostile(account, made, problem)


def _check_members(account: Account, made: Benchmark) -> None:
    for fault in faults(made, Benchmark):
        account.note(str(fault))
    for ability in BENCHMARK_ABILITIES:
        wanted = [member.name for member in members(ability)]
        missing = [name for name in wanted if not hasattr(made, name)]
        if not missing:
            for fault in faults(made, ability):
                account.note(f"{ability.__name__}: {fault}")
        elif len(missing) < len(wanted):
            account.note(
                f"{ability.__name__} is there only in part: {', '.join(missing)} is missing",
            )
    if account.findings:
        return
    account.expect(made.name.strip() == made.name != "", f"name is {made.name!r}")
    account.expect("style" in made.settings, "settings do not state the style")
    if account.expect(made.card.is_file(), f"there is no protocol card: {made.card}"):
        account.expect(made.card.read_text("utf-8").strip(), f"the protocol card is empty: {made.card}")
    for image in images_of(made):
        account.expect(image in catalogue().images, f"there is no image {image!r}")


def _check_problems(account: Account, made: Benchmark, loaded: LoadedProblems, data: DataSource) -> None:
    ids = [problem.task_id for problem in loaded.problems]
    account.expect(ids, "load gives no problem")
    account.expect(len(ids) == len(set(ids)), "two problems have one task_id")
    account.expect(all(ids), "a task_id is empty")
    account.expect(loaded.identity.rows > 0, "the dataset's identity says that it has no row")
    account.expect(loaded.identity.sha256, "the dataset's identity has no hash")
    again = made.load(data)
    account.expect(
        again.identity == loaded.identity, "the dataset's identity differs when it is loaded again"
    )
    account.expect(again.problems == loaded.problems, "the problems differ when they are loaded again")
    account.close()


def _check_prompt(account: Account, made: Benchmark, problem: Problem) -> None:
    where = f"{problem.task_id}: the prompt"
    prompt = made.prompt(problem)
    account.expect(prompt.task_id == problem.task_id, f"{where} has the task_id {prompt.task_id!r}")
    account.expect(prompt.style is made.options.style, f"{where} is of style {prompt.style.value}")
    account.expect(prompt.template_hash, f"{where} has no hash of its template")
    match prompt.style:
        case PromptStyle.BASE:
            account.expect(prompt.text, f"{where} has no text")
        case PromptStyle.CHAT:
            account.expect(prompt.messages, f"{where} has no messages")
    account.expect(made.prompt(problem) == prompt, f"{where} differs when it is rendered again")


def _check_programs(account: Account, made: Benchmark, problem: Problem) -> None:
    where = f"{problem.task_id}: "
    right: Program | None = None
    if not isinstance(made, LacksReferences) or made.has_reference(problem):
        with account.allowing(f"{where}the reference"):
            reference = made.reference(problem)
            account.expect(reference.task_id == problem.task_id, f"{where}the reference is of another task")
            own = reference.origin is CompletionOrigin.REFERENCE
            account.expect(own, f"{where}the reference says that it comes from a {reference.origin.value}")
            right = made.program(problem, msgspec.structs.replace(reference, sample=SAMPLE))
            _check_program(account, made, problem, right)
            found = right.extraction.rule != NO_CODE_RULE
            account.expect(found, f"{where}no code is found in the reference")
            again = made.program(problem, msgspec.structs.replace(reference, sample=SAMPLE))
            account.expect(again == right, f"{where}the reference's program differs when it is made again")
    with account.allowing(f"{where}cheats"):
        for cheat in made.cheats(problem):
            own = cheat.completion.origin is CompletionOrigin.REFERENCE
            account.expect(
                own, f"{where}the cheat {cheat.name!r} does not say that it is the benchmark's own"
            )
            program = made.program(problem, msgspec.structs.replace(cheat.completion, sample=SAMPLE))
            same = right is not None and program == right
            account.expect(not same, f"{where}the cheat {cheat.name!r} is the reference")


def _check_hostile(account: Account, made: Benchmark, problem: Problem) -> None:
    """Whatever a model writes, there is a program of it."""
    for what, completion in _hostile(made, problem):
        with account.allowing(f"{problem.task_id}: the program of {what}", UsageError):
            _check_program(account, made, problem, made.program(problem, completion))


def _hostile(made: Benchmark, problem: Problem) -> Iterator[tuple[str, Completion]]:
    written = {PromptStyle.BASE: CompletionKind.CONTINUATION, PromptStyle.CHAT: CompletionKind.ANSWER}
    for kind in (written[made.options.style], CompletionKind.SOLUTION):
        for what, text in HOSTILE.items():
            completion = Completion(task_id=problem.task_id, sample=SAMPLE, text=text, kind=kind)
            yield f"{what} ({kind.value})", completion


def _check_program(account: Account, made: Benchmark, problem: Problem, program: Program) -> None:
    where = f"{problem.task_id}: a program"
    account.expect(isinstance(program, Program), f"{where} is a {type(program).__name__}")
    account.expect(program.task_id == problem.task_id, f"{where} has the task_id {program.task_id!r}")
    account.expect(program.sample == SAMPLE, f"{where} has lost its completion's sample index")
    if program.steps:
        account.expect(
            program.image in images_of(made), f"{where} runs in {program.image!r}, no image of its"
        )
    prover = catalogue().images[program.image].launcher if program.image in catalogue().images else ""
    known = program.language in LANGUAGES or prover or not program.steps
    account.expect(known, f"{where} is in {program.language!r}, no language that there is")
    paths = [PurePosixPath(file.path) for file in program.files]
    account.expect(len(paths) == len(set(paths)), f"{where} has two files of one name")
    for path in paths:
        account.expect(not path.is_absolute() and ".." not in path.parts, f"{where} has a file {path}")
    for step in program.steps:
        account.expect(step.limits.cpu_s > 0 and step.limits.wall_s > 0, f"{where} has a step without time")


def _check_controls(
    account: Account, made: Benchmark, problems: Sequence[Problem], pool: ProgramPool
) -> None:
    """Execute references and cheats, as ``codeeval doctor`` does."""
    soundness = execute_controls(made, problems, pool)
    account.expect(soundness.controls, "there is nothing to execute: no reference and no cheat")
    for failure in soundness.failures:
        came = f"{failure.outcome.value} {failure.detail}".strip()
        account.note(f"{failure.task_id}: {failure.control} comes to {came}")
