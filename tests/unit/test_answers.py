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
    language="cpp",  # any: its fences are what counts here
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
    assert solution.endswith("return half(4 * n);")
    assert (solution + "\n" + CPP.tests[0]).count("{") == (solution + "\n" + CPP.tests[0]).count("}") - 2


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
    solution = find(JAVA, fenced(code, "cpp")).solution
    program = solution + "\n" + JAVA.tests[0]
    assert program.count("{") == program.count("}")
    assert program.count("void main") == 1
    assert program.count("class Problem {") == 1
    assert "Solution" not in program
    assert solution.endswith("return times(TWO, n);")
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
