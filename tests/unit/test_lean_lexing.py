# ruff: noqa: RUF001 -- Lean is written with these letters
"""The Lean lexer and the rules on candidates: nothing hides a cheat, nothing honest is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeeval.lexing.lean import Kind, declared, proves, statement, tokens
from codeeval.provers.lean.rules import attributes, forbidden, unreadable

CHEATS = (
    "sorry",
    "admit",
    "exact sorryAx _ false",
    "«sorry»",
    "native_decide",
    "decide +native",
    "axiom no : False",
    "unsafe def f := 1",
    "@[implemented_by g] def f := 1",
    '@[extern "f"] def f := 1',
    "set_option debug.skipKernelTC true",
    "set_option warn.sorry false",
    "set_option pp.all true",
    'macro "x" : tactic => `(tactic| trivial)',
    'notation "T" => True',
    'local infixl:65 " + " => g',
    'elab "x" : command => pure ()',
    "#eval 1",
    "#exit",
    "#guard_msgs (drop all) in",
    "run_cmd foo",
    "run_tac foo",
    "initialize foo",
    "open Lean Elab",
    "Lean.logInfo x",
    "simproc foo (1) := x",
    "attribute [extern] x",
    "attribute [local macro] x in",
    "@[simp, macro_inline] def f := 1",
    "0b1elab_rules : tactic",
    "0x1macro_rules",
    "0o7macro_rules",
    "1elab",
    "1_0elab",
    "0b1_1elab",
    'f s!"{x}"',
    "import Mathlib",
    "_codeeval_stated_0",
)
"""Each must be found wherever it stands as code."""
HONEST = (
    "theorem x (a b : ℝ) (h₀ : a ≠ 0) : a * b⁻¹ = b := by\n  nlinarith [sq_nonneg (a - b), h₀]",
    "lemma h.aux' : ∀ x ∈ Finset.range 10, x < 10 := fun x hx ↦ by simpa using hx",
    "@[simp] theorem y : p := ‹p›",
    "open Nat in\ntheorem z : 2 ∣ n ! := by\n  set_option maxRecDepth 2000 in decide",
    "theorem q (x : ℕ) : x = x := by\n  /- sorry -/ -- sorry\n  have h : 'a' ≠ 'b' := by decide\n  rfl",
    'set_option linter.unusedVariables false\ntheorem r : "sorry".length = 5 := rfl',
    "theorem s : ∑ i in Finset.range 3, i = 3 := by norm_num [Finset.sum_range_succ]",
    "theorem t := by rcases h with ⟨x, hx | hx⟩ <;> aesop",
    "theorem u : x - -1 = x + 1 := by ring_nf",
    "attribute [local simp] Nat.add_comm in\ntheorem v : a + b = b + a := by simp",
    "attribute [local instance] Classical.propDecidable",
    "@[simp, norm_cast] theorem w : 0xFF = 255 := rfl",
    "namespace A.B\ntheorem c : 0b101 + 1_000 = 1005 := rfl\nend A.B",
    "theorem d : p :=\nfoo bar\nend Foo",
    "theorem e : p := by\nsimp\nNat.foo x",
)

separators = st.sampled_from([" ", "\n", "\t", "\r\n", "\n\n"])
traps = st.sampled_from(
    [
        "'\"'",
        "'\\''",
        "'a'",
        'r#"a"b"#',
        "x'",
        "h₁'",
        '"\\""',
        '"--"',
        '"/-"',
        "«a b»",
        "a.«b»",
        "- -",
        "⟨x⟩",
        "1.5e3",
    ]
)


@st.composite
def comments(draw: st.DrawFn) -> str:
    """Nested comments, line comments and strings that name what is forbidden."""
    word = draw(st.sampled_from(CHEATS))
    kind = draw(st.integers(0, 4))
    if kind == 0:
        return f'/- {word} /- {word} " -/ {word} -/'
    if kind == 1:
        return f'-- {word} " /- \n'
    if kind == 2:
        return json.dumps(word)
    if kind == 3:
        return f"/-- {word} -/"
    return "/--/ -/"


@given(
    before=st.lists(traps | comments(), max_size=6),
    cheat=st.sampled_from(CHEATS),
    gap=separators,
    after=st.lists(traps | comments(), max_size=3),
)
def test_no_cheat_slips_through(before: list[str], cheat: str, gap: str, after: list[str]) -> None:
    source = f"theorem x : p := by {gap.join(before)}{gap}{cheat}{gap}{gap.join(after)}"
    assert forbidden(tokens(source), source), source


@given(fillers=st.lists(comments() | traps, max_size=6), gap=separators)
def test_comments_and_strings_are_no_use(fillers: list[str], gap: str) -> None:
    source = f"theorem x : p := by f {gap.join(fillers)} y"
    assert not forbidden(tokens(source)), source


@pytest.mark.parametrize("source", HONEST)
def test_honest_proofs_are_not_refused(source: str) -> None:
    code = tokens(source)
    assert not forbidden(code, source)
    assert not unreadable(code)


@pytest.mark.parametrize("command", ["unseal", "register_hint", "declare_aesop_rule_sets", "elab_something"])
def test_only_listed_commands_begin_a_line(command: str) -> None:
    source = f"theorem x : p := h\n{command} y"
    assert command in forbidden(tokens(source), source)
    assert not forbidden(tokens(f"theorem x : p := h\n  {command} y"), f"theorem x : p := h\n  {command} y")


def test_attributes_of_the_statement_may_be_repeated() -> None:
    stated = attributes(tokens("@[aesop safe] theorem x : p"))
    source = "@[aesop safe] theorem x : p := h"
    assert not forbidden(tokens(source), source, stated)
    assert "attribute" in forbidden(tokens(source), source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("namespace A\ntheorem b : p := h", "A.b"),
        ("namespace A.B\nsection C\nend C\ntheorem b : p := h\nend A.B", "A.B.b"),
        ("namespace A\nend A\ntheorem b : p := h", "b"),
        ("theorem A.b : p := h", "A.b"),
        ("namespace A\ntheorem _root_.b : p := h", "b"),
        ("theorem c : p := h", ""),
    ],
)
def test_a_theorem_is_found_in_any_namespace(source: str, expected: str) -> None:
    assert declared(tokens(source), "B.b") == expected


@given(st.text(alphabet="ab/-\"'«»r#s!{}\\\n .", max_size=60))
def test_tokens_are_in_the_text_in_order_and_only_the_last_may_lack_an_end(source: str) -> None:
    code = tokens(source)
    places = [token.at for token in code]
    assert places == sorted(set(places))
    assert all(0 <= place < len(source) for place in places)
    assert Kind.UNTERMINATED not in {token.kind for token in code[:-1]}


@pytest.mark.parametrize(
    ("source", "what"), [("/- a /- b -/", "comment"), ('x "a', "string"), ("«a", "name")]
)
def test_unterminated_tokens_are_found(source: str, what: str) -> None:
    assert what in unreadable(tokens(source))


def test_a_candidate_cannot_affect_what_follows() -> None:
    assert forbidden(tokens("theorem x : p := h\nopen Nat in"))


def test_the_statement_ends_before_its_own_assignment_only() -> None:
    source = (
        "def two := 2\n/-- theorem no -/\ntheorem «a».b' (n : ℕ := 3) {x : ℝ} :\n"
        "  let y := (1, 2)\n  y.1 = x := by sorry"
    )
    found = statement(source)
    assert found
    assert (found.name, source[found.name_at : found.name_end]) == ("a.b'", "«a».b'")
    assert source[found.end :] == ":= by sorry"
    assert source[found.keyword :].startswith("theorem «a»")
    assert found.start == found.keyword
    assert statement("def x := 1") is None
    assert proves(tokens("theorem  a.b' : True"), "a.b'")
    assert not proves(tokens("-- theorem a.b'"), "a.b'")
