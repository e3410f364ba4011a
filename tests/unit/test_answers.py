"""Answers of chat models, in the shapes that models write, become the program that the tests continue."""

from __future__ import annotations

import re

import pytest

from codeeval.benchmarks.common import answers, brackets, signatures
from codeeval.languages import LANGUAGES, Language
from codeeval.types import Problem

CPP = Problem(
    task_id="t",
    prompt="#include<assert.h>\n#include<bits/stdc++.h>\n// Twice.\n// >>> twice((2))\n// (4)\n"
    "long twice(long n) {\n",
    entry_point="twice",
    reference="",
    tests=("}\nint main() {\n    assert(twice((2)) == (4));\n}\n",),
    language="cpp",
    stop=("\n}",),
)
JAVA = Problem(
    task_id="t",
    prompt="import java.util.*;\nclass Problem {\n    // Twice.\n    public static long twice(long n) {\n",
    entry_point="twice",
    reference="",
    tests=(
        "    }\n    public static void main(String[] args) {\n    assert(twice(2L) == 4L);\n    }\n\n}\n",
    ),
    language="java",
    stop=("\n    }\n",),
)
GO = Problem(
    task_id="t",
    prompt='package twice_test\n\nimport (\n    "testing"\n    "fmt"\n)\n\n// Twice.\n'
    "func twice(n int) int {\n",
    entry_point="twice",
    reference="",
    tests=("func TestTwice(t *testing.T) {\n}\n",),
    language="go",
    stop=("\nfunc", "struct", "\n// "),
)
PYTHON = Problem(
    task_id="t",
    prompt='def twice(n: int) -> int:\n    """ Twice.\n    >>> twice(2)\n    4\n    """\n',
    entry_point="twice",
    reference="",
    tests=("check(twice)\n",),
    language="python",
    stop=("\ndef", "\n#", "\nif", "\nclass"),
)


def language(problem: Problem) -> Language:
    return LANGUAGES[problem.language]


def find(problem: Problem, text: str) -> answers.Found:
    return answers.find(text, problem, language(problem))


def fenced(code: str, info: str = "") -> str:
    return f"Here it is:\n\n```{info}\n{code}\n```\n\nIt works."


def test_the_whole_function_is_left_open_for_the_tests() -> None:
    found = find(CPP, fenced("long twice(long n) {\n    return 2 * n;\n}", "cpp"))
    assert found.extraction.rule == "fence"
    assert found.solution == (
        "#include<assert.h>\n#include<bits/stdc++.h>\nlong twice(long n) {\n    return 2 * n;"
    )


def test_helpers_and_imports_are_kept_and_main_is_dropped() -> None:
    code = """\
#include <numeric>
using namespace std;

static long half(long n);

long twice(long n) {
    const char brace = '}'; // }
    return half(4 * n);
}

static long half(long n) { return n / 2; }

int main() {
    cout << twice(2) << "}" << endl;
}"""
    solution = find(CPP, fenced(code, "c++")).solution
    assert "#include <numeric>" in solution
    assert "static long half(long n) { return n / 2; }" in solution
    assert "main" not in solution
    program = solution + "\n" + CPP.tests[0]
    assert program.count("{") == program.count("}") - 2  # one in a character, one in a comment


def test_of_two_fences_the_last_that_defines_the_function_counts() -> None:
    text = fenced("long twice(long n) { return n; }", "cpp") + "\nBetter:\n"
    text += fenced("long twice(long n) { return 2 * n; }", "cpp") + fenced("twice(2); // 4", "cpp")
    text += fenced("g++ main.cpp", "sh")
    assert find(CPP, text).solution.endswith("long twice(long n) { return 2 * n;")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("```cpp\n    return 2 * n;\n}\n```", "fence+body"),
        ("    return 2 * n;\n}\n", "body"),
    ],
)
def test_a_body_continues_the_prompt(text: str, rule: str) -> None:
    found = find(CPP, text)
    assert (found.extraction.rule, found.solution) == (rule, CPP.prompt + "    return 2 * n;")


def test_prose_is_no_code() -> None:
    assert find(CPP, "I am sorry, I cannot do that.").extraction.rule == "none"
    assert find(CPP, "").extraction.rule == "none"


def test_code_without_fences_is_found_below_prose() -> None:
    found = find(CPP, "Sure, this doubles it:\n\nlong twice(long n) {\n    return 2 * n;\n}\n")
    assert found.extraction.rule == "bare"
    assert "Sure" not in found.solution


@pytest.mark.parametrize("frame", ["class Problem", "public class Solution", ""])
def test_a_method_lands_in_the_class_that_the_tests_close(frame: str) -> None:
    method = """\
    private static final long TWO = 2;
    public static long twice(long n) {
        return times(TWO, n);
    }
    private static long times(long a, long b) { return a * b; }"""
    main = "    public static void main(String[] args) {\n        System.out.println(twice(2));\n    }"
    body = f"{method}\n{main}"
    code = f"import java.util.function.*;\n\n{frame} {{\n{body}\n}}\n\nclass Other {{ }}" if frame else body
    solution = find(JAVA, fenced(code, "java")).solution
    program = solution + "\n" + JAVA.tests[0]
    assert program.count("{") == program.count("}")
    assert program.count("void main") == 1
    assert program.count("class Problem {") == 1
    assert "Solution" not in program
    assert "import java.util.*;" in solution
    assert "times(long a, long b)" in solution
    if frame:
        assert solution.index("import java.util.function.*;") < solution.index("class Problem {")
        assert "class Other { }" in solution


def test_go_keeps_one_package_and_each_import_once() -> None:
    code = """\
package main

import (
    "fmt"
    "sort"
    m "math"
    "os"
)

func twice(n int) int {
    sort.Ints(nil)
    return int(m.Abs(2)) * n
}

func main() {
    fmt.Println(twice(2), os.Args)
}"""
    solution = find(GO, fenced(code, "go")).solution
    assert re.findall(r"^package .*", solution, re.MULTILINE) == ["package twice_test"]
    assert solution.count('"fmt"') == 1
    assert 'import "sort"' in solution
    assert 'import m "math"' in solution
    assert '"os"' not in solution
    assert "func main" not in solution
    assert solution.endswith("* n\n}\n")


def test_python_is_kept_whole() -> None:
    found = find(PYTHON, fenced("import math\n\ndef twice(n):\n    return math.prod((2, n))", "python"))
    assert found.solution == "import math\n\ndef twice(n):\n    return math.prod((2, n))\n"


def test_the_docstring_does_not_hide_the_function() -> None:
    assert signatures.heading(PYTHON.prompt) == ("twice", 0)
    assert signatures.heading(CPP.prompt)[0] == "twice"
    assert signatures.heading("no function") == ("", len("no function"))


@pytest.mark.parametrize(
    ("line", "defines"),
    [
        ("function twice(n) {", True),
        ("const twice = (n) => 2 * n;", True),
        ("twice <- function(n) {", True),
        ("(define (twice n)", True),
        ("(defn twice [n]", True),
        ("twice :: Int -> Int", True),
        ("let rec twice n =", True),
        ("twice() {", True),
        ("std::vector<std::pair<long, long>> twice(std::vector<long> n) {", True),
        ("    public static List<Long> twice(List<Long> n)", True),
        ("Tuple!(long, long) twice(long n)", True),
        ("(Int, Int) twice(n)", True),
        ("return twice(n);", False),
        ("    let candidate = twice;", False),
        ("x = twice(2)", False),
        ("// int twice(int n)", False),
        ("print(twice(2))", False),
        ("int nottwice(int n) {", False),
        ("twice(2);", False),
        ("int twice(int n);", False),
        ("int " + "a" * 3000 + " twice(int n) {", False),
    ],
)
def test_what_defines_a_function(line: str, *, defines: bool) -> None:
    assert (signatures.definition(f"first\n{line}\nlast", "twice") == 6) is defines


@pytest.mark.parametrize(
    "inside",
    ["", "}", "{", "'}'", '"}\\""', "// }\n", "/* } */", "fn f<'a>(x: &'a str) {}", 'r#"}"#', "`}`", '@"}"'],
)
def test_brackets_in_strings_and_comments_do_not_count(inside: str) -> None:
    balanced = inside not in ("}", "{")
    code = f"f() {{ {inside} }} after"
    end = brackets.closing(code, brackets.body(code, 0))
    assert (code[end:] == "} after") is balanced


def problem(language: str, prompt: str, tests: str = "") -> Problem:
    return Problem(
        task_id="t",
        prompt=prompt,
        entry_point="twice",
        reference="",
        tests=(tests or "check(twice)\n",),
        language=language,
    )


LUA = problem(
    "lua", "-- Twice.\nlocal function twice(n)\n", "lu = require('luaunit')\nos.exit(lu.LuaUnit.run())\n"
)
JS = problem("javascript", "//Twice.\nfunction twice(n){\n", "const assert = require('node:assert');\n")
RUST = problem("rust", "/// Twice.\nfn twice(n: isize) -> isize {\n", "}\n\nfn main() {\n}\n")
SWIFT = problem(
    "swift", "extension Int: Error {}\n\n/// Twice.\nfunc twice(n: Int) -> Int {\n", "}\nassert(true)\n"
)
JULIA = problem("julia", '"""Twice "n"""""\nfunction twice(n::Int64)::Int64 \n', "using Test\n")
RUBY = problem("ruby", "# Twice.\ndef twice(n)\n", "require 'test/unit'\n")
RACKET = problem("racket", "#lang racket\n\n;; Twice.\n(define (twice n)\n", "(require rackunit)\n")
BASH = problem("bash", "#!/bin/bash\n# Twice.\ntwice() {\n", "}\n\ncandidate() {\n    twice\n}\n")
R = problem("r", "# Twice.\ntwice <- function(n) {\n", "test_humaneval <- function() {\n}\n")
SCALA = problem(
    "scala",
    "import scala.math._\nobject Problem {\n    // Twice.\n    def twice(n : Long) : Long = {\n",
    "    }\n    def main(args: Array[String]) = {\n    }\n\n}\n",
)


@pytest.mark.parametrize(
    ("of", "code"),
    [
        (LUA, """\
local cache = {}
for i = 1, 9 do
    cache[i] = 2 * i
end

local function twice(n)
    return cache[n]
end
"""),
        (LUA, "local twice = memoize(function(n)\n    return 2 * n\nend)\n"),
        (LUA, "local function twice(n)\n    return 2 * n\nend\ntwice = counted(twice)\n"),
        (JS, """\
const table = [];
function fill() { for (let i = 0; i < 9; i++) table.push(2 * i); }
fill();
function twice(n) { return table[n]; }
"""),
        (JS, "function twice(n) { return twice.memo.get(n) || 2 * n; }\ntwice.memo = new Map();\n"),
        (JS, "const { sum } = require('lodash');\nconst twice = (n) => sum([n, n]);\n"),
        (RUBY, """\
TABLE = Hash.new { |h, n| h[n] = 2 * n }
9.times { |n| TABLE[n] }
def twice(n)
  TABLE[n]
end
"""),
        (RACKET, """\
#lang racket
(define table (make-hash))
(for ([n 9]) (hash-set! table n (* 2 n)))
(define (twice n)
  (hash-ref table n))
"""),
        (R, """\
table <- numeric(9)
for (n in 1:9) {
  table[n] <- 2 * n
}
twice <- function(n) table[n]
twice <- compiler::cmpfun(twice)
"""),
    ],
)  # fmt: skip
def test_what_a_function_needs_stays(of: Problem, code: str) -> None:
    assert find(of, fenced(code, language(of).fences[0])).solution.split() == code.split()


@pytest.mark.parametrize(
    ("of", "example"),
    [
        (LUA, "local result = twice(2)\nprint(result)"),
        (LUA, "for n = 1, 3 do\n    print(twice(n))\nend"),
        (JS, """\
const readline = require('readline').createInterface({});
readline.on('line', (l) => twice(l));"""),
        (JS, "process.exit(0);"),
        (RUBY, "loop { puts twice(gets.to_i) }"),
        (RUBY, "[1, 2].each do |n|\n  puts \"#{twice(n)}\"\nend"),
        (RACKET, "(let loop ()\n  (displayln (twice 2))\n  (loop))"),
        (JULIA, "while true\n    println(twice(2))\nend"),
        (R, "twice(2)"),
        (R, "result <- twice(2); print(result)"),
    ],
)  # fmt: skip
def test_calls_for_show_go(of: Problem, example: str) -> None:
    functions = {
        "lua": "local function twice(n)\n    return 2 * n\nend\n",
        "javascript": "function twice(n) {\n  return 2 * n;\n}\n",
        "ruby": "def twice(n)\n  result = 2 * n\n  result\nend\n",
        "racket": "#lang racket\n(define (twice n)\n  (* 2 n))\n",
        "julia": "function twice(n::Int64)::Int64\n    2n\nend\n",
        "r": "twice <- function(n) {\n  result <- 2 * n\n  result\n}\n",
    }
    code = functions[of.language]
    left = find(of, fenced(f"{code}\n{example}\n", language(of).fences[0])).solution
    if "readline" in example:  # nothing says that a stream that is opened is for show
        left = left.replace("const readline = require('readline').createInterface({});", "")
    assert left.split() == code.split()


def test_go_loses_its_own_tests_and_what_they_import() -> None:
    code = """\
import (
    "os"
    "strings"
    "testing"
)

func twice(n int) int { return len(strings.Repeat("os.", n)) }

func TestTwice(t *testing.T) { os.Exit(0) }
func Test_other(t *testing.T) {}
func ExampleTwice() {}
func BenchmarkTwice(b *testing.B) {}
func TestDataOf(n int) int { return n }
"""
    solution = find(GO, fenced(code, "go")).solution
    assert re.findall(r"func (\w+)", solution) == ["twice", "TestDataOf"]
    assert 'import "strings"' in solution
    assert '"os"' not in solution


def test_order_is_left_alone() -> None:
    code = (
        "long twice(long n) {\n    return 2 * n;\n}\n\n"
        "long four_times(long n) {\n    return twice(twice(n));\n}\n"
    )
    program = find(CPP, fenced(code, "cpp")).solution + "\n" + CPP.tests[0]
    assert program.index("long twice") < program.index("long four_times") < program.index("int main")


def test_a_union_of_the_prompt_is_taken_whole_or_not_at_all() -> None:
    union = (
        "union Either{\n    long f0;\n    bool operator==(long f) {\n        return f0 == f ;\n    }\n};\n"
    )
    cpp = problem("cpp", f"#include<assert.h>\n{union}// Twice.\nlong twice(Either n) {{\n", CPP.tests[0])
    function = "long twice(Either n) {\n    return 2 * n.f0;\n}\n"
    own = "union Either {\n    long f0;\n    explicit Either(long n) : f0(n) {}\n};\n"
    assert find(cpp, fenced(function, "cpp")).solution.count(union) == 1
    with_own = find(cpp, fenced(own + function, "cpp")).solution
    assert own in with_own
    assert "operator==" not in with_own


@pytest.mark.parametrize(
    ("of", "code", "kept"),
    [
        (RUST, """\
fn twice(n: isize) -> isize {
    struct T;
    impl T {
        fn twice(n: isize) -> isize { 2 * n }
    }
    T::twice(n)
}""", "T::twice(n)"),
        (SWIFT, """\
struct Doubler {
    func twice(n: Int) -> Int { return 2 * n }
}
func twice(n: Int) -> Int {
    return Doubler().twice(n: n)
}""", "Doubler().twice(n: n)"),
        (SCALA, """\
object Problem {
    def twice(n: Long): Long = {
        def twice(m: Long): Long = 2 * m
        twice(n)
    }
}
val shown = Problem.twice(2)
println(shown)""", "twice(n)"),
    ],
)  # fmt: skip
def test_a_function_within_is_not_the_function(of: Problem, code: str, kept: str) -> None:
    solution = find(of, fenced(code, of.language)).solution
    assert solution.endswith(kept)
    assert "shown" not in solution


def test_a_prompt_that_ends_in_four_quotes_leaves_none() -> None:
    code = "function twice(n::Int64)::Int64\n    2n\nend\n"
    assert find(JULIA, fenced(code, "julia")).solution == code


def test_bash_has_other_brackets() -> None:
    code = """\
twice() {
    case "$1" in
        (a) echo ")" ;;
        b|c) echo "${1//\\}/b}" ;;
        *) echo "${1~~}" ;;
    esac
}

helper() {
    twice "${x#*(}"
}
"""
    solution = find(BASH, fenced(code, "bash")).solution
    assert code in solution
    assert solution.endswith("codeeval_end() {\n    :")


def test_swift_keeps_what_the_prompt_extends() -> None:
    code = """\
extension Int {
    var doubled: Int { return 2 * self }
}
func twice(n: Int) -> Int {
    return n.doubled
}"""
    solution = find(SWIFT, fenced(code, "swift")).solution
    assert solution.startswith("extension Int: Error {}\n")
    assert "var doubled" in solution


def test_blocks_that_hold_what_is_lacking_are_joined_in_order() -> None:
    text = (
        "Imports:\n\n```java\nimport java.util.function.*;\n```\n\nA type:\n\n"
        "```java\nclass Pair { long a; }\n```\n\nThen:\n\n"
        """\
```java
    public static long twice(long n) {
        Pair p = new Pair();
        return 2 * n;
    }
```

"""
        "Not needed:\n\n```java\nclass Other { }\n```\n"
    )
    found = find(JAVA, text)
    assert found.extraction.rule == "fence+joined"
    assert found.solution.index("import java.util.function.*;") < found.solution.index("class Pair")
    assert found.solution.index("class Pair") < found.solution.index("class Problem {")
    assert "Other" not in found.solution


def test_a_usage_block_that_imports_the_function_does_not_define_it() -> None:
    usage = "const { twice } = require('./solution');\nconsole.log(twice(2));"
    code = "function twice(n) { return 2 * n; }"
    assert find(JS, fenced(code, "js") + fenced(usage, "js")).solution == code + "\n"
