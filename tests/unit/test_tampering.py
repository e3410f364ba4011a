"""Candidates that take the meaning from their tests are seen; honest code that looks alike is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codeeval.benchmarks.common import tampering
from codeeval.benchmarks.mbxp.benchmark import Mbxp
from codeeval.benchmarks.multipl_e import references
from codeeval.benchmarks.multipl_e.suffixes import SUFFIXES
from codeeval.interfaces import BenchmarkOptions, DataSource
from codeeval.judging import judge, rejudge
from codeeval.languages import language
from codeeval.types import (
    CommandStep,
    Execution,
    Extraction,
    Limits,
    Outcome,
    Program,
    PromptStyle,
    StepResult,
    StepStatus,
)

if TYPE_CHECKING:
    from pathlib import Path

TAMPERS = {
    "ada": "pragma Assertion_Policy (Ignore);",
    "bash": "set() { :; }",
    "c": "#undef assert\n#define assert(x)",
    "clojure": "(alter-var-root (var clojure.core/=) (constantly (fn [& _] true)))",
    "cpp": "bool operator==(const std::vector<int>&, const std::vector<int>&) { return true; }",
    "csharp": "static class Debug { public static void Assert(bool b) {} }",
    "d": "struct E { bool opEquals(T)(T o) const { return true; } }",
    "elixir": "defmodule ExUnit.Assertions do\n  defmacro assert(_), do: :ok\nend",
    "go": "type faked int\nvar fmt faked",
    "haskell": "import Prelude hiding (error)",
    "java": "class ArrayList<T> { public boolean equals(Object o) { return true; } }",
    "javascript": "require.cache[require.resolve('assert')] = {};",
    "julia": "macro test(e) end",
    "lua": "require('luaunit').assertEquals = function() end",
    "ocaml": "let (=) _ _ = true",
    "perl": "*main::eq_deeply = sub { 1 };",
    "php": "preg_match('/[0-9a-f]{32}/', file_get_contents(__FILE__), $m);",
    "r": "stopifnot <- function(...) NULL",
    "racket": "((dynamic-require 'rackunit 'current-check-handler) void)",
    "ruby": "class Test::Unit::TestCase; def assert_equal(*a); end; end",
    "rust": "macro_rules! assert_eq { ($($t:tt)*) => {} }",
    "scala": 'scala.io.Source.fromFile("Problem.scala").mkString',
    "swift": "func assert(_ held: Bool) { }",
    "typescript": "eval('test = () => {}');",
}
HONEST = {
    "bash": "# set() is replaced nowhere\nset -- $1\nawk '{print $0}' <<< \"$1\"",
    "c": '// #define assert(x)\nassert(n > 0);\n#include "assert.h"\n#define MAX 10',
    "cpp": "/* namespace std { } */\nusing namespace std;\n#define all(x) x.begin(), x.end()\nassert(n);",
    "csharp": "Debug.Assert(n > 0); // File.ReadAllText\nthrow new ArgumentException();",
    "go": 'import (\n    "fmt"\n    "os"\n)\nfunc f() { fmt.Println(os.Args); os.Exit(1) }',
    "haskell": 'f _ = error "no such case" -- unsafePerformIO\n{- readFile -}',
    "java": "// java.nio.file\nassert n > 0; System.exit(1); Math.abs(x);",
    "javascript": "// require.cache\nconst test = /a/.test(s); if (eval('1 + 1') === 2) process.exit(1);",
    "julia": "# macro test(e) end\n@assert n > 0",
    "lua": "-- io.open\nassert(n > 0)",
    "ocaml": '(* let (=) _ _ = true *)\nlet f a b = if a = b then failwith "same" else compare a b',
    "perl": "# open(my $f)\nmy $text = shift; print \"$text\\n\"; exit(1) if $text eq '';",
    "php": "// We require a list.\nif ($x === null) { throw new Exception('none'); }",
    "r": "# stopifnot <- function(...) NULL\nstopifnot(is.numeric(x)); isTRUE(x == 1)",
    "racket": "(define (check-order xs) (andmap <= xs (cdr xs))) ; current-check-handler",
    "ruby": "# File.read\nraise ArgumentError if n == 0\nexit! if n < 0",
    "rust": "assert!(n > 0); std::process::exit(1); // macro_rules! assert_eq",
    "typescript": "const test = (n: number): boolean => n > 1;",
}


@pytest.mark.parametrize("name", TAMPERS)
def test_tampering_is_seen_and_so_is_reading_its_own_file(name: str) -> None:
    entry = language(name)
    assert tampering.found(f"\n{TAMPERS[name]}\n", entry)
    assert tampering.found(f'x = "{entry.source_name}"', entry) == "reads the program's own files"


@pytest.mark.parametrize("name", HONEST)
def test_honest_code_is_not_taken_for_it(name: str) -> None:
    assert not tampering.found(HONEST[name], language(name))


def test_every_language_with_cheats_has_patterns() -> None:
    assert set(TAMPERS) == set(SUFFIXES.values()) - {"python", "dart", "kotlin", "fsharp"}


def test_no_reference_is_taken_for_it() -> None:
    for name in TAMPERS:
        for each in references.solutions(name).values():
            assert not tampering.found(each, language(name)), (name, each)


@pytest.mark.data
@pytest.mark.parametrize("name", ["cpp", "csharp", "java", "javascript", "php", "ruby", "typescript"])
def test_no_published_solution_is_taken_for_it(name: str, data_root: Path) -> None:
    made = Mbxp(BenchmarkOptions(variant=name, style=PromptStyle.BASE))
    for problem in made.load(DataSource(root=data_root, offline=True)).problems:
        assert not tampering.found(problem.reference, language(name)), problem.task_id


def test_a_program_that_tampers_fails_only_where_it_would_pass() -> None:
    step = CommandStep(name="run", argv=("./main",), limits=Limits(cpu_s=1, wall_s=1))
    program = Program(
        task_id="a",
        sample=0,
        language="cpp",
        image="gcc",
        extraction=Extraction(rule="as-is"),
        steps=(step,),
        tampering="reads files",
    )

    def verdict(result: StepResult) -> tuple[Outcome, str]:
        judged = judge(program, Execution(task_id="a", sample=0, steps=(result,)))
        assert rejudge(judged) == judged
        return judged.outcome, judged.detail

    ended = StepResult(name="run", status=StepStatus.EXITED, completed=True)
    assert verdict(ended) == (Outcome.WRONG_ANSWER, "tampering: the program reads files")
    failed = StepResult(name="run", status=StepStatus.EXITED, exit_code=1)
    assert verdict(failed)[0] is Outcome.RUNTIME_ERROR


def test_what_the_prompt_has_is_no_tampering() -> None:
    """Some C# prompts begin a class that is listed as one that tests use."""
    code = "class Program { static int F() { return 1; } }"
    prompt = "public class Program\n{\n"
    assert tampering.found(code, language("csharp"))
    assert not tampering.found(code, language("csharp"), prompt)
    assert tampering.found(f"{code} class Debug {{ }}", language("csharp"), prompt)
