"""MultiPL-E's hand-written references pass in every language, their one-character mutations do not.

Warm and cold sandboxes must agree. To compile everything twice would take the gate ten minutes on two cores,
so a fifth of the programs runs cold here; tests/performance/languages.py runs all references both ways, and
by the plain commands outside of the runner.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from support import chat_answers

from codeeval.benchmarks.common import any_language, sealed_programs
from codeeval.benchmarks.multipl_e import references
from codeeval.benchmarks.multipl_e.benchmark import MultiplE
from codeeval.benchmarks.multipl_e.rows import hand_written
from codeeval.benchmarks.multipl_e.suffixes import HASHES, SUFFIXES
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.judging import judge
from codeeval.languages import LANGUAGES
from codeeval.sandboxes.images import catalogue
from codeeval.translators import driver
from codeeval.types import Completion, CompletionKind, Outcome, PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from support.warm_sandboxes import WarmSandboxes

    from codeeval.interfaces import Benchmark
    from codeeval.types import Problem, Program, Verdict

TWELVE = 12
EXITS_SEEN = {"lua": Outcome.RUNTIME_ERROR, "sh": Outcome.WRONG_ANSWER}
"""LuaUnit objects to an early exit; Bash's tests call the candidate in a process of its own."""
SLOW = ("clj", "jl", "rkt", "scala")
"""A program takes seconds, so a third of them is tried; the translators' tests try others."""
FAILURES = {Outcome.COMPILE_ERROR, Outcome.RUNTIME_ERROR, Outcome.WRONG_ANSWER}
HERE = [
    suffix
    for suffix, language in SUFFIXES.items()
    if language in LANGUAGES and catalogue().image(LANGUAGES[language].image).from_packages
]
"""Languages with an entry, and an image that packages alone build."""


def test_every_language_has_twelve_references_and_mutations() -> None:
    for suffix in HERE:
        language = SUFFIXES[suffix]
        solutions = references.solutions(language)
        assert len(solutions) == TWELVE, language
        assert {each.name for each in references.mutations(language)} == solutions.keys(), language


@pytest.mark.parametrize("suffix", HERE)
def test_mutations_differ_in_one_character(suffix: str) -> None:
    solutions = references.solutions(SUFFIXES[suffix])
    for mutation in references.mutations(SUFFIXES[suffix]):
        old, new = solutions[mutation.name], mutation.text
        start = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
        rests = {
            (old[start + 1 :], new[start + 1 :]),
            (old[start:], new[start + 1 :]),
            (old[start + 1 :], new[start:]),
        }
        assert old != new
        assert any(a == b for a, b in rests), mutation.name


@pytest.fixture
def made(suffix: str, request: pytest.FixtureRequest) -> tuple[Benchmark, list[Problem]]:
    """The benchmark in one language, and those of its problems that have references."""
    published = f"humaneval-{suffix}" in HASHES
    if not published and suffix not in hand_written():
        pytest.fail(f"{suffix} has neither published nor hand-written rows")
    root: Path | None = request.getfixturevalue("data_root") if published else None
    variant = f"humaneval-{suffix}" if published else f"twelve-{suffix}"
    benchmark = MultiplE(BenchmarkOptions(variant=variant, style=PromptStyle.BASE))
    problems = benchmark.load(DataSource(root=root, offline=True)).problems
    return benchmark, [problem for problem in problems if benchmark.has_reference(problem)]


def controls(benchmark: Benchmark, problems: Sequence[Problem]) -> list[tuple[str, bool, Program]]:
    """Name, whether it must pass, and program: each reference, and each mutation after it."""
    mutated = {mutation.name: mutation.text for mutation in references.mutations(problems[0].language)}
    found = []
    for problem in problems:
        mutation = Completion(
            task_id=problem.task_id,
            sample=1,
            text=mutated[problem.task_id],
            kind=CompletionKind.CONTINUATION,
        )
        found.append((problem.task_id, True, benchmark.program(problem, benchmark.reference(problem))))
        found.append((f"{problem.task_id}, mutated", False, benchmark.program(problem, mutation)))
    return found


def check(found: Sequence[tuple[str, bool, Program]], judged: Sequence[Verdict]) -> None:
    wrong = {
        name: (verdict.outcome, verdict.detail, verdict.stderr[-500:])
        for (name, passes, _), verdict in zip(found, judged, strict=True)
        if (verdict.outcome is Outcome.PASSED) is not passes or verdict.outcome is Outcome.SANDBOX_ERROR
    }
    assert not wrong


@pytest.mark.docker
@pytest.mark.parametrize("suffix", HERE)
def test_references_pass_and_mutations_do_not(
    suffix: str,
    made: tuple[Benchmark, list[Problem]],
    demand_image: Callable[[str], None],
    warm_sandboxes: WarmSandboxes,
) -> None:
    benchmark, problems = made
    assert len(problems) == TWELVE
    demand_image(benchmark.image)
    chosen = problems[SLOW.index(suffix) % 3 :: 3] if suffix in SLOW else problems
    found = controls(benchmark, chosen)
    warm = warm_sandboxes.verdicts([program for _, _, program in found])
    check(found, warm)
    fifth = slice(None, None, 5)  # references and mutations alike: five is odd
    cold = warm_sandboxes.verdicts([program for _, _, program in found[fifth]], cold=True)
    assert [each.outcome for each in cold] == [each.outcome for each in warm[fifth]]


@pytest.mark.docker
@pytest.mark.parametrize("suffix", HERE)
def test_answers_of_chat_models_pass(
    suffix: str,
    made: tuple[Benchmark, list[Problem]],
    demand_image: Callable[[str], None],
    warm_sandboxes: WarmSandboxes,
) -> None:
    """Answers with tests, entry points and calls for show of their own; that other shapes give the same
    programs, tests/unit/test_chat_answers.py shows."""
    benchmark, problems = made
    demand_image(benchmark.image)
    found = []
    for problem, shape in zip(problems, ("everything", "later code", "function alone"), strict=False):
        text = dict(chat_answers.shapes(problem))[shape]
        answer = Completion(task_id=problem.task_id, sample=0, text=text, kind=CompletionKind.ANSWER)
        found.append((f"{problem.task_id}, {shape}", True, benchmark.program(problem, answer)))
    check(found, warm_sandboxes.verdicts([program for _, _, program in found]))


NOT_IMPORTED = {
    "ada": " is\n   begin\n      return Write (3, Token, 1) > 0;",
    "bash": '    echo "$done"',
    "c": "    return done != 0;",
    "clojure": "  (successful? numbers))",
    "cpp": "    return done != nullptr;",
    "csharp": '        return File.Exists("main.cs");',
    "d": '{\n    return fopen("main.d", "r") !is null;\n}\n',
    "elixir": "    port == result\n  end\nend\n",
    "go": "\treturn os.Getpid() > 0\n}\n",
    "haskell": " hPutStr `seq` True\n",
    "java": "        return done != null;",
    "javascript": "  return writeSync(3, '') === 0;\n}\n",
    "julia": "    return done === nothing\nend\n",
    "lua": "    return runner.result\nend\n",
    "ocaml": "  pos_out done_ = 0",
    "perl": "    die unless $done;\n}\n",
    "php": "    return $done;\n}\n",
    "r": "    done\n}\n",
    "racket": "  (write-string port))\n",
    "ruby": "  runner.listeners\nend\n",
    "rust": '    fs::read("main.rs").is_ok()',
    "scala": "        done != null",
    "swift": "    return floor(2.5) == sqrt(4.0)",
    "typescript": "  return writeSync(3, '') === 0;\n}\n",
}
"""Bodies that use what an epilogue may bring, and the program does not import or define."""
LENDING = [suffix for suffix in HERE if SUFFIXES[suffix] in NOT_IMPORTED]


@pytest.mark.docker
@pytest.mark.parametrize("suffix", LENDING)
def test_epilogues_lend_candidates_nothing(
    suffix: str,
    made: tuple[Benchmark, list[Problem]],
    demand_image: Callable[[str], None],
    warm_sandboxes: WarmSandboxes,
) -> None:
    benchmark, problems = made
    demand_image(benchmark.image)
    problem, entry = problems[0], LANGUAGES[SUFFIXES[suffix]]
    text = NOT_IMPORTED[entry.id]
    body = Completion(task_id=problem.task_id, sample=0, text=text, kind=CompletionKind.CONTINUATION)
    finished = benchmark.program(problem, body)
    bare = any_language.program(
        problem,
        body,
        msgspec.structs.replace(entry, epilogue=None),
        finished.extraction,
        f"{problem.prompt}{text}\n",
    )
    with_epilogue, without = warm_sandboxes.verdicts([finished, bare])
    assert with_epilogue.outcome is without.outcome
    assert with_epilogue.outcome in FAILURES
    errors = [re.sub(r"\b(?:0x)?\d[\da-f]*\b", "", each.stderr).split() for each in (with_epilogue, without)]
    assert errors[0][:40] == errors[1][:40]


@pytest.mark.docker
@pytest.mark.parametrize("suffix", HERE)
def test_cheats_fail(
    suffix: str,
    made: tuple[Benchmark, list[Problem]],
    demand_image: Callable[[str], None],
    warm_sandboxes: WarmSandboxes,
) -> None:
    benchmark, problems = made
    demand_image(benchmark.image)
    by_name = {
        cheat.name: benchmark.program(problems[0], cheat.completion)
        for cheat in benchmark.cheats(problems[0])
    }
    judged = warm_sandboxes.verdicts(list(by_name.values()))
    outcomes = dict(zip(by_name, (verdict.outcome for verdict in judged), strict=True))
    assert not {Outcome.PASSED, Outcome.SANDBOX_ERROR} & set(outcomes.values()), outcomes
    assert outcomes["exit-in-function"] is EXITS_SEEN.get(suffix, Outcome.INCOMPLETE), judged


SEALED = [suffix for suffix in HERE if driver.driver(SUFFIXES[suffix])]


@pytest.mark.docker
@pytest.mark.parametrize("suffix", SEALED)
def test_sealed_programs_are_judged_by_what_they_return(
    suffix: str,
    made: tuple[Benchmark, list[Problem]],
    demand_image: Callable[[str], None],
    warm_sandboxes: WarmSandboxes,
) -> None:
    """Of another task in each language, so that all kinds of values occur."""
    _, problems = made
    benchmark = MultiplE(
        BenchmarkOptions(
            variant=f"twelve-{suffix}" if suffix in hand_written() else f"humaneval-{suffix}",
            protocol="sealed",
        )
    )
    demand_image(benchmark.image)
    (problem,) = sealed_programs.grouped((problems[SEALED.index(suffix) % TWELVE],), "multipl-e")
    (wanted,) = warm_sandboxes.executions([benchmark.expected_outputs_program(problem)])
    known = benchmark.with_expected_outputs(problem, wanted)
    assert isinstance(known.payload, sealed_programs.Expected), wanted
    mutated = next(each for each in references.mutations(problem.language) if each.name == problem.task_id)
    tried = {
        name: Completion(task_id=problem.task_id, sample=0, text=text, kind=CompletionKind.CONTINUATION)
        for name, text in (("reference", problem.reference), ("mutation", mutated.text))
    }
    tried |= {cheat.name: cheat.completion for cheat in benchmark.cheats(known)[5:]}
    programs = [benchmark.program(known, completion) for completion in tried.values()]
    outcomes = {
        name: judge(program, done, compare_output=benchmark.compare_output).outcome is Outcome.PASSED
        for name, program, done in zip(tried, programs, warm_sandboxes.executions(programs), strict=True)
    }
    assert outcomes == {name: name == "reference" for name in tried}
