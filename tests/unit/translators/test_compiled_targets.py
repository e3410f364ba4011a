"""C, C++, C#, D, Go and Rust: prompts, tests and literals as written, and the untranslatable."""

from __future__ import annotations

import msgspec
import pytest

from codeeval.languages import finish, language
from codeeval.translators.problem import Case, Example, Parameter, PythonProblem, Untranslatable
from codeeval.translators.target import Doctests
from codeeval.translators.target_languages import TARGETS, target
from codeeval.translators.types import (
    DictOf,
    ListOf,
    OptionalOf,
    Scalar,
    SetOf,
    TupleOf,
    Type,
    UnionOf,
    Value,
)

INT, FLOAT, STR, BOOL = Scalar.INT, Scalar.FLOAT, Scalar.STR, Scalar.BOOL
HERE = ("c", "cpp", "cs", "d", "go", "rs")
MEAN = PythonProblem(
    name="Some_0_mean_of",
    entry_point="mean_of",
    parameters=(Parameter("numbers", ListOf(FLOAT)), Parameter("name", STR)),
    returns=TupleOf((STR, FLOAT)),
    description=(
        "The name, and the mean of a list.\n\n    ",
        Example("mean_of", ([1.0, 2.5], "a"), ("a", 1.75), "    "),
        "    ",
    ),
    cases=(Case(([1.0, 2.5], 'say "hi"'), ('say "hi"', 1.75)), Case(([], ""), ("", 0.1))),
)


def identity(
    value: Value, type_: Type, *, name: str = "same", tolerance: float | None = None
) -> PythonProblem:
    """The problem of returning a value, with that value as its only test."""
    return PythonProblem(
        name="Some_1_same",
        entry_point=name,
        parameters=(Parameter("value", type_),),
        returns=type_,
        description=("Return the value.",),
        cases=(Case((value,), value, tolerance),),
    )


PROMPTS = {
    "c": """\
// The name, and the mean of an array.
// >>> mean_of({1.0, 2.5}, "a")
// {"a", 1.75}
tuple2_string_double mean_of(array_double numbers, const char *name) {
""",
    "cpp": """\
#include<assert.h>
#include<bits/stdc++.h>
// The name, and the mean of a vector.
// >>> mean_of((std::vector<float>({(float)1.0f, (float)2.5f})), ("a"))
// (std::make_tuple("a", 1.75f))
std::tuple<std::string, float> mean_of(std::vector<float> numbers, std::string name) {
""",
    "cs": """\
class Problem {
    // The name, and the mean of a list.
    // >>> MeanOf((new List<float>(new float[]{(float)1.0f, (float)2.5f})), ("a"))
    // (Tuple.Create("a", 1.75f))
    public static Tuple<string, float> MeanOf(List<float> numbers, string name) {
""",
    "d": """\
import std.math;
import std.typecons;
/*
The name, and the mean of an array.
>>> mean_of([1.0, 2.5], "a")
tuple("a", 1.75)
*/
Tuple!(string, float) mean_of(float[] numbers, string name)\x20
""",
    "go": """\
package mean_of_test

import (
    "testing"
    "fmt"
)

// The name, and the mean of a list.
// >>> mean_of([]float64{1.0, 2.5}, "a")
// []interface{}{"a", 1.75}
func mean_of(numbers []float64, name string) []interface{} {
""",
    "rs": """\
/// The name, and the mean of a vector.
/// >>> mean_of(vec![1.0, 2.5], String::from("a"))
/// (String::from("a"), 1.75)
fn mean_of(numbers: Vec<f64>, name: String) -> (String, f64) {
""",
}
TESTS = {
    "c": r"""
    assert(same_tuple2_string_double(candidate((array_double){(double[]){1.0, 2.5}, 2}, "say \"hi\""), """
    r"""(tuple2_string_double){"say \"hi\"", 1.75}));
    assert(same_tuple2_string_double(candidate((array_double){NULL, 0}, ""), """
    r"""(tuple2_string_double){"", 0.1}));
}
""",
    "cpp": r"""}
int main() {
    auto candidate = mean_of;
    assert(candidate((std::vector<float>({(float)1.0f, (float)2.5f})), ("say \"hi\"")) == """
    r"""(std::make_tuple("say \"hi\"", 1.75f)));
    assert(candidate((std::vector<float>()), ("")) == (std::make_tuple("", 0.1f)));
}
""",
    "cs": r"""    }
    public static void Main(string[] args) {
    Debug.Assert(MeanOf((new List<float>(new float[]{(float)1.0f, (float)2.5f})), ("say \"hi\"")).Equals("""
    r"""(Tuple.Create("say \"hi\"", 1.75f))));
    Debug.Assert(MeanOf((new List<float>()), ("")).Equals((Tuple.Create("", 0.1f))));
    }

}
""",
    "d": r"""unittest
{
    alias candidate = mean_of;

    assert(candidate([1.0, 2.5], "say \"hi\"") == tuple("say \"hi\"", 1.75));
    assert(candidate([], "") == tuple("", 0.1f));
}
void main(){}""",
    "go": r"""   tests := []test{
     { actual: candidate([]float64{1.0, 2.5}, "say \"hi\""), expected: []interface{}{"say \"hi\"", 1.75} },
     { actual: candidate([]float64{}, ""), expected: []interface{}{"", 0.1} },
   }

""",
    "rs": r"""}

fn main() {
    let candidate = mean_of;
    assert_eq!(candidate(vec![1.0, 2.5], String::from("say \"hi\"")), (String::from("say \"hi\""), 1.75));
    assert_eq!(candidate(Vec::<f64>::new(), String::from("")), (String::from(""), 0.1));
}
""",
}


@pytest.mark.parametrize("suffix", HERE)
def test_a_problem_in_each_language(suffix: str) -> None:
    translated = target(suffix).translate(MEAN)
    assert translated.prompt.endswith(PROMPTS[suffix])
    assert TESTS[suffix] in translated.tests
    assert not translated.excluded


@pytest.mark.parametrize("suffix", HERE)
def test_tests_have_the_shape_that_the_epilogue_expects(suffix: str) -> None:
    of = language(target(suffix).language)
    assert of.epilogue
    finished = finish(target(suffix).translate(MEAN).tests, of.epilogue)
    assert finished
    assert finished.index(of.epilogue.code) > finished.rindex("0.1")


@pytest.mark.parametrize("suffix", HERE)
def test_doctests_are_kept_or_removed(suffix: str) -> None:
    kept = target(suffix).translate(MEAN, Doctests.KEEP).prompt
    removed = target(suffix).translate(MEAN, Doctests.REMOVE).prompt
    assert ">>> mean_of([1.0, 2.5], 'a')" in kept
    assert ">>>" not in removed
    assert "The name, and the mean" in removed


@pytest.mark.parametrize("suffix", HERE)
def test_stubs_are_not_solutions(suffix: str) -> None:
    assert "return" not in target(suffix).stub(MEAN)


CPP_NESTED = "std::vector<std::vector<long>>({(std::vector<long>)std::vector<long>({(long)1})})"
CSHARP_OPTIONAL = (
    "new List<Nullable<long>>(new Nullable<long>[]{(Nullable<long>)(-1L), (Nullable<long>)null})"
)
NASTY = '\\ " \n \0 % $ é 😀'


@pytest.mark.parametrize(
    ("suffix", "source"),
    [
        ("cpp", r'std::string("\\ \" \n \000 % $ é 😀", 19)'),
        ("cs", r'"\\ \" \n \0 % $ \u00e9 \U0001f600"'),
        ("d", r'"\\ \" \n \u0000 % $ é 😀"'),
        ("go", r'"\\ \" \n \u0000 % $ é 😀"'),
        ("rs", r'String::from("\\ \" \n \0 % $ é 😀")'),
    ],
)
def test_strings(suffix: str, source: str) -> None:
    assert target(suffix).literal(NASTY, STR) == source


@pytest.mark.parametrize(
    ("suffix", "value", "type_", "source"),
    [
        ("c", -(2**63), INT, "(-9223372036854775807 - 1)"),
        ("c", None, OptionalOf(INT), "(optional_long){false}"),
        ("c", {"a": 1}, DictOf(STR, INT), '(map_string_long){(map_string_long_entry[]){{"a", 1}}, 1}'),
        ("cpp", [[1]], ListOf(ListOf(INT)), CPP_NESTED),
        ("cpp", "a", UnionOf((INT, STR)), 'std::variant<long, std::string>((std::string)"a")'),
        ("cpp", {2, 1}, SetOf(INT), "std::set<long>({(long)1, (long)2})"),
        ("cpp", {"a": "b"}, DictOf(STR, STR), 'std::map<std::string,std::string>({{"a", "b"}})'),
        ("cs", [-1, None], ListOf(OptionalOf(INT)), CSHARP_OPTIONAL),
        ("cs", -0.0, FLOAT, "BitConverter.ToSingle(BitConverter.GetBytes(int.MinValue), 0)"),
        ("cs", {"a": 1}, DictOf(STR, INT), 'new Dictionary<string,long>(){{"a", 1L}}'),
        ("d", -(2**63), INT, "long.min"),
        ("d", (0.5, []), TupleOf((FLOAT, ListOf(INT))), "tuple(0.5f, cast(long[])[])"),
        ("d", {}, DictOf(STR, INT), "Nullable!(long[string]).init"),
        ("go", -0.0, FLOAT, "func() float64 { zero := 0.0; return -zero }()"),
        ("go", (1, None), TupleOf((INT, OptionalOf(INT))), "[]interface{}{1, nil}"),
        ("go", {"a": [1]}, DictOf(STR, ListOf(INT)), 'map[string][]int{"a": []int{1}}'),
        ("rs", (1,), TupleOf((INT,)), "(1,)"),
        ("rs", [[], [1]], ListOf(ListOf(INT)), "vec![vec![], vec![1]]"),
        ("rs", [[], []], ListOf(ListOf(INT)), "vec![Vec::<isize>::new(), Vec::<isize>::new()]"),
        ("rs", 3, OptionalOf(FLOAT), "Some(3.0)"),
    ],
)
def test_values(suffix: str, value: Value, type_: Type, source: str) -> None:
    assert target(suffix).literal(value, type_) == source


@pytest.mark.parametrize(
    ("suffix", "value", "type_", "reason"),
    [
        *((suffix, 2**63, INT, "too large") for suffix in HERE),
        *((suffix, "\ud800", STR, "surrogate") for suffix in HERE),
        *((suffix, None, INT, "None where the type is int") for suffix in HERE),
        *((suffix, 1e300, FLOAT, "in 32 bits") for suffix in ("cpp", "cs", "d")),
        *((suffix, 5e-324, FLOAT, "in 32 bits") for suffix in ("cpp", "cs", "d")),
        *((suffix, {0.5: 1}, DictOf(FLOAT, INT), "key|type|float") for suffix in ("cpp", "cs", "d", "rs")),
        *((suffix, {1}, SetOf(INT), "a set|the type Set") for suffix in ("c", "d", "go")),
        *((suffix, 1, UnionOf((INT, STR)), "Union") for suffix in ("c", "rs")),
        ("c", "a\0b", STR, "NUL"),
        ("c", (), TupleOf(()), "the type Tuple"),
        ("cs", tuple(range(8)), TupleOf((INT,) * 8), "the type Tuple"),
        ("d", [1], Scalar.ANY, "where the type is Any"),
        ("go", {(1, 2): 3}, DictOf(TupleOf((INT, INT)), INT), "the type Dict"),
    ],
)
def test_the_untranslatable_is_refused(suffix: str, value: Value, type_: Type, reason: str) -> None:
    with pytest.raises(Untranslatable, match=reason):
        target(suffix).translate(identity(value, type_))


@pytest.mark.parametrize("suffix", HERE)
@pytest.mark.parametrize("within", [False, True])
def test_an_integer_that_no_float_is_near_is_untranslatable(suffix: str, *, within: bool) -> None:
    with pytest.raises(Untranslatable, match="1329 bits where a float is wanted"):
        target(suffix).literal([10**400] if within else 10**400, ListOf(FLOAT) if within else FLOAT)


@pytest.mark.parametrize(
    ("suffix", "wanted"),
    [
        ("c", "    assert(fabs(candidate(100.25) - (100.25)) < 1e-06);"),
        ("cpp", "    assert(std::abs(candidate((100.25f)) - (100.25f)) < 0.00010025f);"),
        ("cs", "    Debug.Assert(Math.Abs(Same((100.25f)) - (100.25f)) < 0.00010025f);"),
        ("d", "    assert(fabs(candidate(100.25) - (100.25)) < 0.00010025);"),
        ("rs", "    assert!((candidate(100.25) - 100.25).abs() < 1e-06);"),
    ],
)
def test_a_tolerance_leaves_room_for_the_rounding_of_32_bits(suffix: str, wanted: str) -> None:
    problem = identity(100.25, FLOAT, tolerance=1e-6)
    assert wanted in target(suffix).translate(problem).tests.split("\n")


@pytest.mark.parametrize(
    ("suffix", "name", "head"),
    [
        ("c", "strlen", "const char *strlen_("),
        ("cpp", "strlen", "std::string string_length("),
        ("cpp", "double", "std::string double_("),
        ("cs", "flip_case", "public static string FlipCase("),
    ],
)
def test_keywords_are_renamed(suffix: str, name: str, head: str) -> None:
    assert head in target(suffix).translate(identity("a", STR, name=name)).prompt


@pytest.mark.parametrize("type_", [UnionOf((INT, STR)), OptionalOf(DictOf(STR, INT))])
def test_commas_of_types_in_cpp_are_in_brackets(type_: Type) -> None:
    value: Value = {"a": 1} if isinstance(type_, OptionalOf) else 1
    [line] = [
        each for each in target("cpp").translate(identity(value, type_)).tests.split("\n") if "assert" in each
    ]
    assert "== (std::" in line


def test_a_comment_in_d_does_not_end_early() -> None:
    problem = msgspec.structs.replace(MEAN, description=("Not */ yet.",))
    assert "\tNot * / yet.\n*/\n" in target("d").translate(problem).prompt


def test_lists_in_csharp_are_compared_by_what_is_in_them() -> None:
    tests = target("cs").translate(identity([1], ListOf(INT))).tests
    assert "    Debug.Assert(Same(Same(" in tests
    assert "private static bool Same(object one, object other)" in tests


def test_c_names_no_two_types_alike() -> None:
    c = target("c")
    types = (ListOf(OptionalOf(INT)), OptionalOf(ListOf(INT)))
    heads = [
        c.translate(identity(value, type_)).prompt for value, type_ in zip(([None], None), types, strict=True)
    ]
    assert "array_optional_long same(" in heads[0]
    assert "optional_array_long same(" in heads[1]


def test_every_target_is_registered_under_its_suffix() -> None:
    for suffix in TARGETS:
        assert target(suffix).suffix == suffix
    assert list(TARGETS) == sorted(TARGETS)
