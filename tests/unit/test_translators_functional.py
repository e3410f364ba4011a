"""Translations to Haskell, OCaml, Clojure, Elixir, Ada and Python of a problem and of awkward values."""

from __future__ import annotations

import pytest

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
    Type,
    UnionOf,
    Value,
)

INT, FLOAT, BOOL, STR, ANY = Scalar.INT, Scalar.FLOAT, Scalar.BOOL, Scalar.STR, Scalar.ANY
OURS = ("hs", "ml", "clj", "elixir", "adb", "py")


def problem(
    *parameters: tuple[str, Type],
    returns: Type,
    cases: tuple[tuple[tuple[Value, ...], Value], ...],
    name: str = "count_items",
    description: tuple[str | Example, ...] = ("Describe it.",),
) -> PythonProblem:
    return PythonProblem(
        name=f"HumanEval_0_{name}",
        entry_point=name,
        parameters=tuple(Parameter(*each) for each in parameters),
        returns=returns,
        description=description,
        cases=tuple(Case(*each) for each in cases),
    )


COUNT = problem(
    ("items", ListOf(STR)),
    ("least", OptionalOf(INT)),
    returns=DictOf(STR, INT),
    cases=(((["a"], -1), {"a": 1}), (([], None), {})),
    description=(
        " Return a dictionary of a list,\n    or None.\n\n    ",
        Example("count_items", (["x"], None), {"x": 1}, "    "),
        "    ",
    ),
)

PROMPTS = {
    "hs": """\
-- | Return an association list of a list,
--  or Nothing.
--  >>> countItems ["x"] Nothing
--  [("x", 1)]
countItems :: [String] -> Maybe Int -> [(String, Int)]
countItems items least =""",
    "ml": """\
(**Return an association list of a list,
 * or None.
 * >>> count_items ["x"] None
 * [("x", 1)]
*)
let count_items (items : string list) (least : int option) : (string * int) list =""",
    "clj": """\
(defn count_items
  " Return a map of a list,
  or nil.
  >>> (count_items [\\"x\\"] nil)
  {\\"x\\" 1}"
  [items least]
  """,
    "elixir": """\
# Return a map of a list,
# or nil.
# >>> HumanEval.count_items(["x"], nil)
# %{"x" => 1}

defmodule HumanEval do
  def candidate(items, least), do: count_items(items, least)
  def count_items(items, least) do
    """,
    "adb": """\
pragma Ada_2022;
with Ada.Strings.Unbounded; use Ada.Strings.Unbounded;
with Ada.Containers.Indefinite_Ordered_Maps;

package Placeholder is
   type Unbounded_String_Array is array (Positive range <>) of Unbounded_String;
   type Integer_Option (Valid : Boolean := False) is record
   case Valid is
      when True =>
         Value : Integer;
      when False =>
         null;
   end case;
end record;
   package String_Integer_Dict is new Ada.Containers.Indefinite_Ordered_Maps (Key_Type => String, Element_Type => \
Integer);
   use String_Integer_Dict;
   function Count_Items (Items : Unbounded_String_Array; Least : Integer_Option) return String_Integer_Dict.Map;
   -- Return a Map of a Vector,
   -- or null.
   -- >>> Count_Items ([To_Unbounded_String ("x")], (Valid => False))
   -- ["x" => 1]

end Placeholder;

pragma Ada_2022;
with Ada.Strings.Unbounded; use Ada.Strings.Unbounded;
with Ada.Containers.Indefinite_Ordered_Maps;

package body Placeholder is
   function Count_Items (Items : Unbounded_String_Array; Least : Integer_Option) return String_Integer_Dict.Map""",  # noqa: E501 -- as it is written
    "py": '''\
from typing import List, Optional, Dict

def count_items(items: List[str], least: Optional[int]) -> Dict[str, int]:
    """ Return a dictionary of a list,
    or None.

    >>> count_items(['x'], None)
    { 'x': 1 }
    """
''',
}
CHECKS = {
    "hs": '  if unordered (candidate ["a"] (Just (-1))) [("a", 1)] '
    'then pure () else error "assertion failed"',
    "ml": '  (assert ((List.sort Stdlib.compare (candidate ["a"] (Some((-1))))) = '
    'List.sort Stdlib.compare [("a", 1)]));',
    "clj": '  (is (= (candidate ["a"] -1) {"a" 1}))',
    "elixir": '    assert %{"a" => 1} == HumanEval.candidate(["a"], -1)',
    "adb": '   pragma Assert (Candidate ([To_Unbounded_String ("a")], (Valid => True, Value => -1))'
    ' = ["a" => 1]);',
    "py": "    assert candidate(['a'], -1) == { 'a': 1 }",
}
NASTY = 'a"b\\c#{d}\n\x01é1\U0001f600'
STRINGS = {
    "hs": r'"a\"b\\c#{d}\n\1é1\128512"',
    "ml": r'"a\"b\\c#{d}\n\u{1}é1\u{1f600}"',
    "clj": r'"a\"b\\c#{d}\n\u0001é1\ud83d\ude00"',
    "elixir": r'"a\"b\\c\#{d}\n\u{1}é1\u{1f600}"',
    "adb": '("a""b\\c#{d}" & '
    + " & ".join(f"Character'Val ({code})" for code in (10, 1, 195, 169))
    + ' & "1" & '
    + " & ".join(f"Character'Val ({code})" for code in (240, 159, 152, 128))
    + ")",
    "py": repr(NASTY),
}


@pytest.mark.parametrize("suffix", OURS)
def test_a_problem_is_translated(suffix: str) -> None:
    row = target(suffix).translate(COUNT)
    assert row.prompt == PROMPTS[suffix]
    assert CHECKS[suffix] in row.tests.split("\n")
    assert not row.excluded


@pytest.mark.parametrize("suffix", OURS)
def test_strings_are_escaped(suffix: str) -> None:
    assert target(suffix).literal(NASTY, STR) == STRINGS[suffix]


def test_a_number_in_haskells_string_ends_where_it_does() -> None:
    assert target("hs").literal("\x011\\7", STR) == r'"\1\&1\\7"'


@pytest.mark.parametrize(
    ("suffix", "value", "source"),
    [
        ("hs", -0.0, "(-0.0)"),
        ("ml", -0.0, "(-0.0)"),
        ("clj", -0.0, "-0.0"),
        ("adb", -0.0, "Long_Float'Copy_Sign (0.0, -1.0)"),
        ("adb", 5e-324, "5.0e-324"),
        ("elixir", 1e300, "1.0e300"),
        ("elixir", 5e-324, "5.0e-324"),
        ("clj", 20, "20.0"),
        ("hs", 20, "20.0"),
        ("elixir", 20, "20"),
    ],
)
def test_floats(suffix: str, value: float, source: str) -> None:
    assert target(suffix).literal(value, FLOAT) == source


@pytest.mark.parametrize(
    ("suffix", "value", "type_", "source"),
    [
        ("adb", (5,), TupleOf((INT,)), "(others => 5)"),
        ("adb", {(1, 2): "x"}, DictOf(TupleOf((INT, INT)), STR), '[for Once in 1 .. 1 use (1, 2) => "x"]'),
        ("adb", ["x"], ListOf(STR), '[To_Unbounded_String ("x")]'),
        ("hs", {2, 1}, SetOf(INT), "Set.fromList [1,2]"),
        ("elixir", {2, 1}, SetOf(INT), "MapSet.new([1, 2])"),
        ("clj", {2, 1}, SetOf(INT), "#{1 2}"),
        ("py", set(), SetOf(INT), "set()"),
        ("py", (1, 2), ListOf(INT), "(1, 2)"),
        ("elixir", 2**70, INT, str(2**70)),
        ("ml", [(1, None)], ListOf(TupleOf((INT, OptionalOf(INT)))), "[(1, None)]"),
    ],
)
def test_values(suffix: str, value: Value, type_: Type, source: str) -> None:
    assert target(suffix).literal(value, type_) == source


@pytest.mark.parametrize(
    ("suffix", "type_", "value", "reason"),
    [
        ("ml", SetOf(INT), {1}, "a set"),
        ("ml", INT, 2**62, "too large"),
        ("hs", INT, 2**63, "too large"),
        ("adb", INT, 2**63, "too large"),
        ("hs", UnionOf((INT, STR)), 1, "Union"),
        ("ml", ANY, 1, "Any"),
        ("adb", ANY, 1, "Any"),
        ("hs", ListOf(DictOf(STR, INT)), [{}], "order would count"),
        ("ml", ListOf(DictOf(STR, INT)), [{}], "order would count"),
        ("adb", DictOf(STR, OptionalOf(Scalar.NONE)), {"a": None}, "None"),
        ("adb", SetOf(OptionalOf(INT)), {1}, "order"),
        ("hs", TupleOf((INT,) * 16), (1,) * 16, "a tuple of 16"),
        *((suffix, FunctionOf((INT,), INT), 1, "function") for suffix in OURS if suffix != "py"),
    ],
)
def test_the_untranslatable_is_refused(suffix: str, type_: Type, value: Value, reason: str) -> None:
    with pytest.raises(Untranslatable, match=reason):
        target(suffix).translate(problem(("x", type_), returns=type_, cases=(((value,), value),)))


@pytest.mark.parametrize(
    ("suffix", "name", "head"),
    [
        ("hs", "compare", "import Prelude hiding (compare)\n\n"),
        ("hs", "Find_Max", "findMax :: Int -> Int -> Int\nfindMax n n_ ="),
        ("ml", "Find_Max", "let find_Max (n : int) (n_ : int) : int ="),
        ("ml", "method", "let method_ (n : int) (n_ : int) : int ="),
        ("clj", "merge", "(ns-unmap *ns* 'merge)\n\n(defn merge\n"),
        ("elixir", "Find_Max", "def candidate(n, n_), do: find_Max(n, n_)\n"),
        ("elixir", "round", "def candidate(n, n_), do: HumanEval.round(n, n_)\n"),
        ("adb", "minPath", "function Min_Path (N : Integer; N_2 : Integer) return Integer"),
        ("adb", "reverse", "function My_Reverse (N : Integer; N_2 : Integer) return Integer"),
    ],
)
def test_names_are_valid_in_the_language(suffix: str, name: str, head: str) -> None:
    same = problem(("n", INT), ("N", INT), returns=INT, cases=(((1, 2), 3),), name=name)
    assert head in target(suffix).translate(same).prompt


def test_ada_takes_the_integers_that_hold_the_tests_values() -> None:
    prompts = [
        target("adb").translate(problem(("n", INT), returns=INT, cases=(((1,), value),))).prompt
        for value in (2**31 - 1, 2**31)
    ]
    assert ["Long_Long_Integer" in prompt for prompt in prompts] == [False, True]


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ('one " alone', "one ' alone"),
        ('"two" and \'"\' and "x', "\"two\" and '\"' and 'x"),
        ("(* x *)", "( * x * )"),
        ("{|x| x > 0}", "{ |x| x > 0}"),
        ("don't, 'a'", "don't, 'a'"),
    ],
)
def test_nothing_in_ocamls_comment_ends_it_or_leaves_it_open(text: str, comment: str) -> None:
    same = problem(("n", INT), returns=INT, cases=(((1,), 1),), description=(text,))
    assert target("ml").translate(same).prompt.startswith(f"(**{comment}\n*)\n")


def test_pythons_docstring_keeps_its_text() -> None:
    text = 'a \\ b """ c "'
    same = problem(("n", INT), returns=INT, cases=(((1,), 1),), description=(text,))
    found: dict[str, object] = {}
    exec(target("py").translate(same).prompt, found)
    assert getattr(found["count_items"], "__doc__", None) == text


def test_a_tuple_of_any_length_stays_one_in_python() -> None:
    same = problem(("n", INT), returns=ListOf(INT), cases=(((1,), (1, 2)),))
    prompt = target("py").translate(same).prompt
    assert prompt.startswith("from typing import Tuple\n\n")
    assert "-> Tuple[int, ...]:" in prompt


def test_a_problem_called_check_is_not_hidden_by_pythons_frame() -> None:
    row = target("py").translate(problem(("n", INT), returns=INT, cases=(((1,), 1),), name="check"))
    exec(f"{row.prompt}    return n\n{row.tests}", {})
