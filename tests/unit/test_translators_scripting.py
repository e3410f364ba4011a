"""Problems, strings and numbers in JavaScript, TypeScript, PHP, Lua, Ruby, Perl, Bash and R."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from codeeval.translators.problem import Case, Example, Parameter, PythonProblem, Untranslatable
from codeeval.translators.target_languages import target
from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, SetOf, TupleOf, UnionOf

if TYPE_CHECKING:
    from codeeval.translators.types import Type, Value

INT, FLOAT, BOOL, STR, ANY = Scalar.INT, Scalar.FLOAT, Scalar.BOOL, Scalar.STR, Scalar.ANY
SUFFIXES: Final = ("js", "lua", "php", "pl", "r", "rb", "sh", "ts")
NASTY: Final = "a\"'\\\n$x#{y}@z`%d\x01é\u2028😀!"


COUNTS: Final = DictOf(STR, INT)


def problem(
    *cases: Case,
    name: str = "tally",
    parameters: tuple[Parameter, ...] = (
        Parameter("words", ListOf(STR)),
        Parameter("Most", OptionalOf(INT)),
    ),
    returns: Type = COUNTS,
) -> PythonProblem:
    return PythonProblem(
        name="mbpp_0",
        entry_point=name,
        parameters=parameters,
        returns=returns,
        description=(
            "Count the words of a list, or return None.\n    An empty list has:\n\n        as here.\n    ",
            Example("tally", (["a", "b"], None), {"a": 1}, "    "),
            "    ",
        ),
        cases=cases or (Case((["a"], 2), {"a": 1, "b": 1}), Case(([], None), {})),
    )


def one(name: str = "f", parameter: str = "n", type_: Type = INT, value: Value = 1) -> PythonProblem:
    """A problem that gives back what it takes."""
    return problem(Case((value,), value), name=name, parameters=(Parameter(parameter, type_),), returns=type_)


PROMPTS: Final = {
    "js": """\
//Count the words of an array, or return undefined.
// An empty array has:
// as here.
// >>> tally(["a", "b"], undefined)
// {"a": 1}
function tally(words, Most){
""",
    "ts": """\
//Count the words of an array, or return undefined.
// An empty array has:
// as here.
// >>> tally(["a", "b"], undefined)
// {"a": 1}
function tally(words: string[], Most: number | undefined): {[key: string]: number} {
""",
    "php": """\
<?php
// Count the words of an array, or return null.
// An empty array has:
// as here.
// >>> tally(array("a", "b"), null)
// array("a" => 1)
function tally($words, $Most) {
""",
    "lua": """\
-- Count the words of a table, or return nil.
-- An empty table has:
--     as here.
-- >>> tally({'a', 'b'}, None)
-- {['a'] = 1}
local function tally(words, Most)
""",
    "rb": """\
# Count the words of an array, or return nil.
# An empty array has:
# as here.
# >>> tally.call(["a", "b"], nil)
# {"a" => 1}
def tally(words, most)
""",
    "pl": """\
# Count the words of an array, or return undef.
# An empty array has:
# as here.
# >>> tally(["a", "b"], undef)
# {"a" => 1}
sub tally {
    my($words, $Most) = @_;
""",
    "sh": """\
#!/bin/bash
# Count the words of a list, or return None.
# An empty list has:
# as here.
# >>> $(tally "a b" "None")
# {'"a"': '"1"'}
#
# $1 is a space-separated list
# $2 is an argument
tally() {
""",
    "r": """\
# Count the words of a list, or return NULL.
# An empty list has:
#     as here.
# >>> tally(c('a', 'b'), NULL)
# list('a' = 1)
tally <- function(words, Most) {""",
}
PERLS_END: Final = '\n        print "ok!" }else{\n        exit 1;\n        }'
SHELLS: Final = r"""    [[ $(printf '%%b\n' "$(candidate %s)" | sort) = "$(printf '%%b\n' %s | sort)" ]]"""
CHECKS: Final = {
    "js": (
        '  assert.deepEqual(candidate(["a"], 2),{"a": 1, "b": 1});',
        "  assert.deepEqual(candidate([], undefined),{});",
    ),
    "ts": (
        '  assert.deepEqual(candidate(["a"], 2),{"a": 1, "b": 1});',
        "  assert.deepEqual(candidate([], undefined),{});",
    ),
    "php": (
        (
            '    if ($plain(candidate(array("a"), 2)) !== $plain(array("a" => 1, "b" => 1))) '
            '{ throw new Exception("Test failed!"); }'
        ),
        (
            "    if ($plain(candidate(array(), null)) !== $plain(array())) "
            '{ throw new Exception("Test failed!"); }'
        ),
    ),
    "lua": (
        "    lu.assertEquals(candidate({'a'}, 2), {['a'] = 1, ['b'] = 1})",
        "    lu.assertEquals(candidate({}, None), {})",
    ),
    "rb": (
        '    assert_equal({"a" => 1, "b" => 1}, candidate.call(["a"], 2))',
        "    assert_equal({}, candidate.call([], nil))",
    ),
    "pl": (
        '        if(eq_deeply($candidate->(["a"], 2),{"a" => 1, "b" => 1})) {' + PERLS_END,
        "        if(eq_deeply($candidate->([], undef),{})) {" + PERLS_END,
    ),
    "sh": (
        SHELLS % ('"a" "2"', r'"a,1\nb,1"'),
        SHELLS % ('"" "None"', '""'),
    ),
    "r": (
        "    stopifnot(isTRUE(all.equal(by_name(candidate(c('a'), 2)), by_name(list('a' = 1, 'b' = 1)))))",
        "    stopifnot(isTRUE(all.equal(by_name(candidate(c(), NULL)), by_name(list()))))",
    ),
}
FRAMES: Final = {
    "js": (
        "const assert = require('node:assert');\n\n\nfunction test() {\n  let candidate = tally;",
        "}\n\ntest();",
    ),
    "ts": (
        (
            "declare var require: any;\nconst assert = require('node:assert');\n\n\nfunction test() {\n"
            "  let candidate = tally;"
        ),
        "}\n\ntest();",
    ),
    "php": (
        """\
function candidate(...$args) {
    return tally(...$args);
}

function test(): void {
    $plain = function ($value) use (&$plain) {
        if (is_array($value)) { $value = array_map($plain, $value); ksort($value, SORT_STRING); }
        $whole = is_float($value) && abs($value) < 2 ** 53 && floor($value) === $value;
        return $whole ? (int) $value : $value;
    };""",
        "}\n\ntest();",
    ),
    "lua": (
        "lu = require('luaunit')\n\nfunction test_humaneval()\nlocal candidate = tally",
        "end\n\nos.exit(lu.LuaUnit.run())",
    ),
    "rb": (
        (
            "require 'test/unit'\nclass TestHumanEval < Test::Unit::TestCase\n  def test_tally\n"
            "    candidate = method(:tally)"
        ),
        "  end\nend\n",
    ),
    "pl": (
        "use Test::Deep;\n\n\nsub testhumaneval {\n    my $candidate = \\&tally;",
        "}\n\ntesthumaneval();",
    ),
    "sh": ('}\n\ncandidate() {\n    tally "$@"\n}\n\nset -e\nrun_test() {', "}\n\nrun_test"),
    "r": (
        """\
test_humaneval <- function() {
    candidate <- tally
    by_name <- function(x) {
        if (is.list(x)) lapply(if (is.null(names(x))) x else x[order(names(x))], by_name) else x
    }""",
        "}\ntest_humaneval()",
    ),
}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_problem(suffix: str) -> None:
    made = target(suffix).translate(problem())
    opening, closing = FRAMES[suffix]
    assert made.prompt == PROMPTS[suffix]
    assert made.tests == "\n".join([opening, *CHECKS[suffix], closing])
    assert not made.excluded


@pytest.mark.parametrize(
    ("suffix", "check"),
    [
        ("php", '    if (candidate("a") !== "a") { throw new Exception("Test failed!"); }'),
        ("r", "    stopifnot(isTRUE(all.equal(candidate('a'), 'a')))"),
        ("sh", '    [[ $(candidate "a") = "a" ]]'),
    ],
)
def test_a_check_of_what_can_be_compared_as_it_is(suffix: str, check: str) -> None:
    tests = target(suffix).translate(one(type_=STR, value="a")).tests.split("\n")
    assert check in tests
    assert not {"$plain", "by_name", "sort"} & set(" ".join(tests).split())


STRINGS: Final = {
    "js": r'''"a\"'\\\n$x#{y}@z`%d\x01é\u2028😀!"''',
    "ts": r'''"a\"'\\\n$x#{y}@z`%d\x01é\u2028😀!"''',
    "php": r'''"a\"'\\\n\$x#{y}@z`%d\x01é\u{2028}😀!"''',
    "lua": r"""'a"\'\\\n$x#{y}@z`%d\x01é\u{2028}😀!'""",
    "rb": r'''"a\"'\\\n$x\#{y}@z`%d\x01é\u{2028}😀!"''',
    "pl": r'''"a\"'\\\n\$x#{y}\@z`%d\x{1}\x{e9}\x{2028}\x{1f600}!"''',
    "sh": r"""$'a"\'\\\n$x#{y}@z`%d\x01é\xe2\x80\xa8😀!'""",
    "r": r"""'a"\'\\\n$x#{y}@z`%d\u{1}\u{e9}\u{2028}\U{1f600}!'""",
}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_nasty_string(suffix: str) -> None:
    assert target(suffix).literal(NASTY, STR) == STRINGS[suffix]


@pytest.mark.parametrize(
    ("suffix", "value", "type_", "source"),
    [
        ("js", {"__proto__": 1, "a": 2}, DictOf(STR, INT), '{["__proto__"]: 1, "a": 2}'),
        ("js", {-1: True}, DictOf(INT, BOOL), "{[-1]: true}"),
        ("js", {(1, 3): 2}, DictOf(TupleOf((INT, INT)), INT), "{[[1, 3]]: 2}"),
        ("js", {1, 2}, SetOf(INT), "new Set([1, 2])"),
        ("ts", [1, "a"], ListOf(UnionOf((INT, STR))), '[1, "a"]'),
        ("ts", 3, FLOAT, "3"),
        ("php", -(2**63), INT, "PHP_INT_MIN"),
        ("php", {(1, 3): 2}, DictOf(TupleOf((INT, INT)), INT), 'array("1,3" => 2)'),
        ("lua", -(2**63), INT, "math.mininteger"),
        ("lua", "it's", STR, '"it\'s"'),
        ("lua", (None, 1), TupleOf((OptionalOf(INT), INT)), "{None, 1}"),
        ("rb", "#a #$b #@c", STR, r'"#a \#$b \#@c"'),
        ("rb", 2**70, INT, "1180591620717411303424"),
        ("pl", (True, False), TupleOf((BOOL, BOOL)), '[1, ""]'),
        ("pl", {(1, 3): 2}, DictOf(TupleOf((INT, INT)), INT), "{join($;, 1, 3) => 2}"),
        ("sh", "say!", STR, '"say!"'),
        ("sh", "$x `y`", STR, r'"\$x \`y\`"'),
        ("sh", [[1, 2], [], [3]], ListOf(ListOf(INT)), r'"1 2\n\n3"'),
        ("sh", {"a": 1, "b": 2}, DictOf(STR, INT), r'"a,1\nb,2"'),
        ("sh", (3, [13, 15]), TupleOf((INT, ListOf(INT))), '"3 13 15"'),
        ("r", [1, 2.5], ListOf(FLOAT), "c(1, 2.5)"),
        ("r", (1, "a", None), TupleOf((INT, STR, OptionalOf(INT))), "list(1, 'a', NULL)"),
        ("r", {1: 2}, DictOf(INT, INT), "list('1' = 2)"),
        ("r", {"": 2, "é": 3}, DictOf(STR, INT), r"setNames(list(2, 3), c('', '\u{e9}'))"),
        ("r", 5e-324, FLOAT, "0x0.0000000000001p-1022"),
    ],
)
def test_values_that_need_care(suffix: str, value: Value, type_: Type, source: str) -> None:
    assert target(suffix).literal(value, type_) == source


@pytest.mark.parametrize(
    ("suffix", "value", "type_"),
    [
        *((suffix, 2**53 + 1, INT) for suffix in ("js", "ts", "r")),
        *((suffix, 10**400, INT) for suffix in ("js", "ts", "r", "php", "lua", "pl")),
        *((suffix, {1: 2, "1": 3}, DictOf(ANY, INT)) for suffix in ("js", "php", "pl", "r")),
        *((suffix, {0.5: 1}, DictOf(FLOAT, INT)) for suffix in ("php", "pl", "r")),
        *((suffix, {("a", "b"): 1}, DictOf(TupleOf((STR, STR)), INT)) for suffix in ("js", "php", "pl", "r")),
        *((suffix, {None: 1}, DictOf(OptionalOf(INT), INT)) for suffix in ("js", "php", "pl", "lua", "r")),
        *((suffix, "\ud800", STR) for suffix in SUFFIXES),
        *((suffix, "a\0", STR) for suffix in ("sh", "r")),
        ("ts", "a", INT),
        ("ts", True, INT),
        ("lua", [1, None], ListOf(OptionalOf(INT))),
        ("lua", {"a": None}, DictOf(STR, OptionalOf(INT))),
        ("r", [], OptionalOf(ListOf(INT))),
        ("sh", ["a b"], ListOf(STR)),
        ("sh", [""], ListOf(STR)),
        ("sh", [1, [2, 3]], ListOf(ANY)),
        ("sh", [[[1]]], ListOf(ListOf(ListOf(INT)))),
        ("sh", {"a,b": 1}, DictOf(STR, INT)),
        ("sh", "None", OptionalOf(STR)),
    ],
)
def test_the_untranslatable_is_refused(suffix: str, value: Value, type_: Type) -> None:
    with pytest.raises(Untranslatable):
        target(suffix).literal(value, type_)


@pytest.mark.parametrize("suffix", ["lua", "php", "pl", "r", "sh"])
def test_sets_are_untranslatable(suffix: str) -> None:
    with pytest.raises(Untranslatable, match=r"Set\[int\]"):
        target(suffix).translate(one(type_=OptionalOf(SetOf(INT)), value=None))


@pytest.mark.parametrize(
    ("suffix", "name", "parameter", "head"),
    [
        ("js", "test", "new", "function test_(new_){"),
        ("ts", "delete", "var", "function delete_(var_: number): number {"),
        ("php", "Extract", "this", "function Extract_($this_) {"),
        ("lua", "lu", "end", "local function lu_(end_)"),
        ("rb", "hash", "End", "def hash_(end_)"),
        ("pl", "any", "n", "sub any_ {"),
        ("sh", "select", "n", "select_() {"),
        ("r", "_sum", "_n", "`_sum` <- function(`_n`) {"),
    ],
)
def test_keywords_and_builtins_are_renamed(suffix: str, name: str, parameter: str, head: str) -> None:
    made = target(suffix).translate(one(name, parameter))
    assert head in made.prompt
    assert f"{name}_" in made.tests or "`_sum`" in made.tests


TOLERANCES: Final = {
    "js": "  assert(Math.abs(candidate(1.5) - 1.5) < 1e-06);",
    "ts": "  assert(Math.abs(candidate(1.5) - 1.5) < 1e-06);",
    "php": '    if (!(abs(candidate(1.5) - 1.5) < 1e-06)) { throw new Exception("Test failed!"); }',
    "lua": "    lu.assertTrue(math.abs(candidate(1.5) - 1.5) < 1e-06)",
    "rb": "    assert_in_delta(1.5, candidate.call(1.5), 1e-06)",
    "pl": "        if(abs($candidate->(1.5) - 1.5) < 1e-06) {",
    "sh": """    awk -v a="$(candidate "1.5")" 'BEGIN { exit !(a ~ /^[-+]?[.0-9]/ && """
    "a - 1.5 < 1e-06 && 1.5 - a < 1e-06) }'",
    "r": "    stopifnot(isTRUE(abs(candidate(1.5) - 1.5) < 1e-06))",
}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_tolerance(suffix: str) -> None:
    within = problem(Case((1.5,), 1.5, 1e-6), parameters=(Parameter("x", FLOAT),), returns=FLOAT)
    assert TOLERANCES[suffix] in target(suffix).translate(within).tests.split("\n")


@pytest.mark.parametrize(
    ("returns", "expected", "loose"),
    [(FLOAT, 8.0, True), (FLOAT, 8, True), (FLOAT, 0.5, False), (INT, 8, False), (COUNTS, {"a": 1}, False)],
)
def test_php_compares_identities_where_it_can(*, returns: Type, expected: Value, loose: bool) -> None:
    made = problem(Case((1,), expected), parameters=(Parameter("n", INT),), returns=returns)
    assert ("$plain(" in target("php").translate(made).tests) is loose


def test_bash_cannot_see_newlines_at_the_end_of_a_result() -> None:
    to = target("sh")
    assert to.literal("a\n", STR) == r"$'a\n'"
    with pytest.raises(Untranslatable, match="takes away"):
        to.translate(one(type_=STR, value="a\n"))


def test_typescript_names_types() -> None:
    def name(type_: Type) -> str:
        return target("ts").translate(one(type_=type_, value=None)).prompt.split("(n: ")[1].split("):")[0]

    assert name(OptionalOf(ListOf(OptionalOf(INT)))) == "(number | undefined)[] | undefined"
    assert name(OptionalOf(TupleOf((STR, ListOf(UnionOf((INT, STR))))))) == (
        "[string, (number| string)[]] | undefined"
    )
    assert name(OptionalOf(SetOf(ListOf(BOOL)))) == "Set<boolean[]> | undefined"
    with pytest.raises(Untranslatable, match="Dict"):
        name(OptionalOf(DictOf(BOOL, INT)))


def test_r_gets_hexadecimal_digits_where_it_could_read_decimal_ones_wrong() -> None:
    literal = target("r").literal
    assert literal(0.1, FLOAT) == "0.1"
    assert literal(1e22, FLOAT) == "1e+22"
    assert literal(4.912747482366291e-06, FLOAT) == "0x1.49b05becbccf9p-18"
