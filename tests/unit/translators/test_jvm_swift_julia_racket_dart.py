"""Java, Scala, Kotlin, Swift, Julia, Racket and Dart: form, literals, and the untranslatable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codeeval.languages import LANGUAGES, finish
from codeeval.translators.problem import Case, Example, Parameter, PythonProblem, Untranslatable
from codeeval.translators.target_languages import target
from codeeval.translators.types import (
    DictOf,
    FunctionOf,
    ListOf,
    OptionalOf,
    Scalar,
    SetOf,
    TupleOf,
    UnionOf,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type, Value

INT, FLOAT, BOOL, STR, ANY = Scalar.INT, Scalar.FLOAT, Scalar.BOOL, Scalar.STR, Scalar.ANY
TARGETS = ("java", "scala", "kt", "swift", "jl", "rkt", "dart")


def problem(
    types: Sequence[Type], returns: Type, *cases: Case, description: tuple[str | Example, ...] = ("Do it.",)
) -> PythonProblem:
    names = ("words", "size", "third")
    return PythonProblem(
        name="Own_1_first_long",
        entry_point="first_long",
        parameters=tuple(Parameter(*each) for each in zip(names, types, strict=False)),
        returns=returns,
        description=description,
        cases=cases,
    )


SMALL = problem(
    (ListOf(STR), INT),
    OptionalOf(STR),
    Case((["a", "bcd"], 2), "bcd"),
    Case(([], 0), None),
    description=("\n    The list's first, or None.\n\n", Example("first_long", (["a"], 1), "a", "    ")),
)
PROMPTS = {
    "java": """\
class Problem {
    // The array list's first, or null.
    // >>> firstLong((new ArrayList<String>(Arrays.asList((String)"a"))), (1l))
    // Optional.of("a")
    public static Optional<String> firstLong(ArrayList<String> words, long size) {
""",
    "scala": """\
import scala.math._
import scala.collection.mutable._
object Problem {
    // The list's first, or None.
    // >>> firstLong((List[String]("a")), (1l))
    // Some("a")
    def firstLong(words : List[String], size : Long) : Option[String] = {
""",
    "kt": """\
// The list's first, or null.
// >>> firstLong(listOf("a"), 1L)
// "a"
fun firstLong(words: List<String>, size: Long): String? {
""",
    "swift": """

/// The array's first, or nil.
/// >>> first_long(words: ["a"], size: 1)
/// "a"
func first_long(words: [String], size: Int) -> String? {
""".removeprefix("\n"),
    "jl": '''\
"""The vector's first, or nothing.
>>> first_long(["a"], 1)
"a\\""""
function first_long(words::Vector{String}, size::Int64)::Union{String, Nothing} \n''',
    "rkt": """\
#lang racket

;; The list's first, or #f.
;; >>> (first_long (list "a") 1)
;; "a"
(define (first_long words size)
""",
    "dart": """\
//The list's first, or null.
// >>> first_long(["a"], 1)
// "a"
String? first_long(List<String> words, int size) {
""",
}
CHECKS = {
    "java": (
        (
            '    assert(firstLong((new ArrayList<String>(Arrays.asList((String)"a", (String)"bcd"))), (2l))'
            '.equals(Optional.of("bcd")));'
        ),
        "    assert(firstLong((new ArrayList<String>(Arrays.asList())), (0l)).equals(Optional.empty()));",
    ),
    "scala": (
        '    assert(firstLong((List[String]("a", "bcd")), (2l)).equals(Some("bcd")));',
        "    assert(firstLong((List[String]()), (0l)).equals(None));",
    ),
    "kt": (
        '    assert(firstLong(listOf("a", "bcd"), 2L) == "bcd")',
        "    assert(firstLong(listOf<String>(), 0L) == null)",
    ),
    "swift": (
        'assert(first_long(words: ["a", "bcd"], size: 2) == "bcd")',
        "assert(first_long(words: [] as [String], size: 0) == nil)",
    ),
    "jl": (
        '\t@test(candidate(["a", "bcd"], 2) == "bcd")',
        "\t@test(candidate(Vector{String}([]), 0) == nothing)",
    ),
    "rkt": (
        '    (check-within (candidate (list "a" "bcd") 2) "bcd" 0.001)',
        "    (check-within (candidate (list ) 0) #f 0.001)",
    ),
    "dart": (
        '  expect(candidate(["a", "bcd"], 2), "bcd");',
        "  expect(candidate([], 0), null);",
    ),
}


@pytest.mark.parametrize("suffix", TARGETS)
def test_a_small_problem(suffix: str) -> None:
    to = target(suffix)
    translation = to.translate(SMALL)
    assert translation.prompt.endswith(PROMPTS[suffix])
    lines = translation.tests.split("\n")
    start = lines.index(CHECKS[suffix][0])
    assert tuple(lines[start : start + 2]) == CHECKS[suffix]
    assert finish(translation.tests, LANGUAGES[to.language].epilogue)


NASTY = '"\\ $x\n\t\r\0\x1fé😀'
STRINGS = {
    "java": r'"\"\\ $x\n[TAB]\r\u0000\u001fé😀"',
    "scala": r'"\"\\ $x\n[TAB]\r\u0000\u001fé😀"',
    "kt": r'"\"\\ \$x\n\t\r\u0000\u001fé😀"',
    "swift": r'"\"\\ $x\n\t\r\0\u{1f}é😀"',
    "jl": r'"\"\\ \$x[LF][TAB]\r\x00\x1fé😀"',
    "rkt": r'"\"\\ $x[LF][TAB]\r\u0000\u001fé😀"',
    "dart": r'"\"\\ \$x\n\t\r\x00\x1fé😀"',
}


@pytest.mark.parametrize("suffix", TARGETS)
def test_strings(suffix: str) -> None:
    source = STRINGS[suffix].replace("[TAB]", "\t").replace("[LF]", "\n")
    assert target(suffix).literal(NASTY, STR) == source


LITERALS: tuple[tuple[str, Value, Type, str], ...] = (
    ("java", [1, 2.5], ListOf(FLOAT), "new ArrayList<Float>(Arrays.asList((float)1l, (float)2.5f))"),
    ("java", (1, "a", True), TupleOf((INT, STR, BOOL)), 'Triplet.with(1l, "a", true)'),
    ("java", [], ListOf(ANY), "new ArrayList<Object>(Arrays.asList())"),
    ("java", [1, "a"], ListOf(ANY), 'new ArrayList<Object>(Arrays.asList(1l, "a"))'),
    ("java", {"a": 1}, DictOf(STR, INT), 'new HashMap<String,Long>(Map.of("a", 1l))'),
    ("java", (None, 1), TupleOf((OptionalOf(INT),) * 2), "Pair.with(Optional.empty(), Optional.of(1l))"),
    ("scala", (1,), TupleOf((INT,)), "Tuple1(1l)"),
    (
        "scala",
        [1, "a"],
        ListOf(UnionOf((INT, STR))),
        'List[Either[Long, String]](Left(1l), Right("a"))',
    ),
    ("scala", [True], ListOf(BOOL), "List[Boolean](true)"),
    ("kt", -(2**63), INT, "Long.MIN_VALUE"),
    ("kt", {"a": [None, 1]}, DictOf(STR, ListOf(OptionalOf(INT))), 'mapOf("a" to listOf(null, 1L))'),
    ("swift", {(1, 2): "a"}, DictOf(TupleOf((INT, INT)), STR), '[[1, 2] : "a"]'),
    ("swift", [1, [2, "a"]], ListOf(ANY), '[1, [2, "a"] as [AnyHashable]]'),
    ("swift", [1, "a"], ListOf(UnionOf((INT, STR))), '[.success(1), .failure("a")]'),
    (
        "swift",
        [1, "a", 2.5],
        ListOf(UnionOf((INT, STR, FLOAT))),
        '[.intValue(1), .stringValue("a"), .doubleValue(2.5)]',
    ),
    ("jl", [1, 2], ListOf(FLOAT), "Float64[1.0, 2.0]"),
    ("jl", [1, 2], ListOf(INT), "[1, 2]"),
    ("jl", (1, 2), ListOf(INT), "[1, 2]"),
    ("jl", [1, "a"], ListOf(ANY), '[1, "a"]'),
    ("jl", [1, True], ListOf(ANY), "Any[1, true]"),
    ("jl", [[], [1]], ListOf(ListOf(INT)), "Vector{Int64}[Vector{Int64}([]), [1]]"),
    ("jl", [1, [2]], ListOf(UnionOf((INT, ListOf(INT)))), "Union{Int64, Vector{Int64}}[1, [2]]"),
    ("rkt", {"a": 1}, DictOf(STR, INT), '#hash(("a" .  1))'),
    ("rkt", {"a": [1]}, DictOf(STR, ListOf(INT)), '(hash "a" (list 1))'),
    ("rkt", 2**70, INT, "1180591620717411303424"),
    ("dart", set(), SetOf(INT), "<int>{}"),
    ("dart", (1,), TupleOf((INT,)), "(1,)"),
)


@pytest.mark.parametrize(("suffix", "value", "type_", "source"), LITERALS)
def test_literals(suffix: str, value: Value, type_: Type, source: str) -> None:
    assert target(suffix).literal(value, type_) == source


UNTRANSLATABLE: tuple[tuple[str, Value, Type, str], ...] = (
    ("java", 2**63, INT, "too large"),
    ("java", 1e300, FLOAT, "32 bits"),
    ("scala", 1e-300, FLOAT, "32 bits"),
    ("scala", {1.0, 1.0 + 2**-40}, SetOf(FLOAT), "the same in 32 bits"),
    ("java", (), TupleOf(()), "the type Tuple"),
    ("java", None, INT, "None where the type is int"),
    ("swift", None, INT, "None where the type is int"),
    ("jl", 2**63, INT, "too large"),
    ("rkt", False, OptionalOf(BOOL), "both are #f"),
    ("dart", {(1, 2): 1}, DictOf(ListOf(INT), INT), "as a key"),
)


@pytest.mark.parametrize(("suffix", "value", "type_", "reason"), UNTRANSLATABLE)
def test_the_untranslatable_is_refused(suffix: str, value: Value, type_: Type, reason: str) -> None:
    with pytest.raises(Untranslatable, match=reason):
        target(suffix).literal(value, type_)


@pytest.mark.parametrize("suffix", [each for each in TARGETS if each != "rkt"])
def test_functions_are_untranslatable(suffix: str) -> None:
    function = FunctionOf((INT,), INT)
    with pytest.raises(Untranslatable, match="Callable"):
        target(suffix).translate(problem((INT,), ListOf(function), Case((1,), [])))


def test_java_maps_of_more_than_ten() -> None:
    source = target("java").literal({number: number for number in range(11)}, DictOf(INT, INT))
    assert source.startswith("new HashMap<Long,Long>(Map.ofEntries(Map.entry(0l, 0l), ")


def test_keywords_are_no_parameters() -> None:
    keyword = PythonProblem(
        name="k",
        entry_point="f",
        parameters=(Parameter("char", STR), Parameter("val", INT), Parameter("end", INT)),
        returns=INT,
        description=("",),
        cases=(Case(("a", 1, 2), 3),),
    )
    assert "f(String char_, long val, long end)" in target("java").translate(keyword).prompt
    assert "f(char : String, val_ : Long, end : Long)" in target("scala").translate(keyword).prompt
    assert "f(char: String, `val`: Long, end: Long)" in target("kt").translate(keyword).prompt
    assert "f(char::String, val::Int64, end_::Int64)" in target("jl").translate(keyword).prompt


def test_swift_compares_what_holds_tuples() -> None:
    inner = TupleOf((STR, ListOf(TupleOf((INT, INT)))))
    tests = target("swift").translate(problem((INT,), OptionalOf(inner), Case((1,), None))).tests
    assert "func ==(left: (String, [(Int, Int)]), right: (String, [(Int, Int)])) -> Bool {" in tests
    assert "func ==(left: (String, [(Int, Int)])?, right: (String, [(Int, Int)])?) -> Bool {" in tests
    plain = target("swift").translate(problem((INT,), TupleOf((INT, INT)), Case((1,), (1, 2)))).tests
    assert plain.count("func ==") == 1  # the one of every published row


def test_swift_declares_what_its_unions_need() -> None:
    prompt = target("swift").translate(problem((INT,), UnionOf((STR, INT)), Case((1,), "a"))).prompt
    assert prompt.startswith("\nextension Int: Error {}\n        \n/// Do it.\n")


def test_dart_takes_records_apart_that_hold_lists() -> None:
    tests = target("dart").translate(problem((INT,), TupleOf((INT, ListOf(INT))), Case((1,), (2, [3])))).tests
    assert "  expect(((value) => [value.$1, value.$2])(candidate(1)), [2, [3]]);\n" in tests


def test_tolerances() -> None:
    near = problem((INT,), FLOAT, Case((1,), 0.5, 1e-6))
    checks = {
        "java": "    assert(Math.abs(firstLong((1l)) - (0.5f)) < 1e-06f);\n",
        "scala": "    assert(abs(firstLong((1l)) - (0.5f)) < 1e-06f);\n",
        "kt": "    assert(kotlin.math.abs(firstLong(1L) - 0.5) < 1e-06)\n",
        "swift": "assert(abs(first_long(words: 1) - 0.5) < 1e-06)",
        "jl": "\t@test(abs(candidate(1) - 0.5) < 1e-06)\n",
        "rkt": "    (check-within (candidate 1) 0.5 1e-06)\n",
        "dart": "  expect((candidate(1) - 0.5).abs() < 1e-06, true);\n",
    }
    assert {
        suffix for suffix, check in checks.items() if check in target(suffix).translate(near).tests
    } == set(checks)


def test_docstrings_of_julia_end_where_they_end() -> None:
    prompt = (
        target("jl").translate(problem((INT,), INT, Case((1,), 2), description=('Of $5 and "\\d".',))).prompt
    )
    assert prompt.startswith('"""Of \\$5 and "\\\\d"."""\nfunction ')


@pytest.mark.parametrize("suffix", ["java", "scala", "kt"])
def test_many_checks_are_split_over_methods(suffix: str) -> None:
    many = problem((ListOf(INT),), INT, *(Case(([number] * 100,), number) for number in range(200)))
    lines = target(suffix).translate(many).tests.split("\n")
    begins = [at for at, line in enumerate(lines) if "hecks" in line and line.endswith("{")]
    assert len(begins) > 1
    ends = [at for at, line in enumerate(lines) if "hecks" in line and not line.endswith("{")]
    lengths = [sum(map(len, lines[begin:end])) for begin, end in zip(begins, ends, strict=True)]
    assert max(lengths) < 2**15
    assert sum("assert" in line for line in lines) == 200
    long = problem((ListOf(INT),), INT, Case((list(range(10_000)),), 1), Case(([1],), 1))
    assert [each.reason for each in target(suffix).translate(long).excluded] == [
        "a test that is too long for a method"
    ]
    with pytest.raises(Untranslatable, match="too long for a constant"):
        target(suffix).literal("é" * 2**16, STR)
