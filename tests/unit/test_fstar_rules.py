"""The rules on F* candidates: what is listed may be used, all else is refused with its name.

The problems and candidates are our own, of the kinds that a real F* of 2019 accepted though they prove
nothing, or that were refused though they are proofs.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fstar_replay import task as task_of

from codeeval.lexing.fstar import tokens
from codeeval.provers.fstar.options import reset
from codeeval.provers.fstar.rules import Reading, is_unlisted, read
from codeeval.provers.fstar.statements import same
from codeeval.provers.fstar.task import ProofTask

if TYPE_CHECKING:
    from pathlib import Path

STATED = ProofTask(
    file_name="Sq.fst",
    name="Sq.goal",
    context="module Sq\n\nopen FStar.Mul\nopen FStar.List.Tot\nlet double (x:int) = x + x\n",
    statement="val goal: x:int -> Lemma (x * x >= 0)",
    reference="let goal x = ()",
)
"""Its type is fixed by a ``val``."""
UNSTATED = ProofTask(
    file_name="Le.fst",
    name="Le.goal",
    context="module Le\n\nopen FStar.Mul\nopen FStar.List.Tot\n",
    reference="let goal (l:list int) : Lemma (length l * 2 >= length l) = ()",
)
"""Its own head is its type."""
TACTICAL = ProofTask(
    file_name="Ta.fst",
    name="Ta.goal",
    context="module Ta\n\nopen FStar.Mul\nopen FStar.Tactics\nmodule T = FStar.Tactics\n",
    statement="val goal: x:int -> Lemma (x * x >= 0)",
    reference="let goal x = ()",
)
"""Its context uses tactics."""


def refusal(reading: Reading) -> str:
    """Return why a candidate is refused whatever F* responds, or an empty string."""
    return reading.unreadable or reading.unsendable or reading.forbidden or reading.mismatch


HATCHES = (
    *("admit ()", "assume False", "magic ()", "unsafe_coerce x", "tadmit ()", "admitP False", "_assume p"),
    *("Prims.admit ()", "``admit`` ()", "tadmit_t (`())", "admit_dump ()", "assert p by (tadmit ())"),
    *('pack_fv ["Prims"; "ad" ^ "mit"]', "admit1 ()", "admit_all ()", "magic_dump_t ()", "reify f"),
    *('T.set_options "--lax"', "FStar.Tactics.(set_guard_policy Drop)", "synth_by_tactic #int tau"),
)
"""Ways to prove nothing; each must be found wherever it stands as code."""


@st.composite
def comments(draw: st.DrawFn) -> str:
    """Nested comments, line comments and strings that name what is refused."""
    word = draw(st.sampled_from([*HATCHES, "#set-options", "[@expect_failure]", "let goal", "val goal"]))
    calm = word.replace("(*", "").replace("*)", "")
    kinds = [f"(* {calm} (* {calm} *) {calm} *)", f'// {calm} " (* \n', json.dumps(word), f"(** {calm} *)"]
    return draw(st.sampled_from([*kinds, "(**)"]))


separators = st.sampled_from([" ", "\n", "\t", "\u00a0", "\ufeff", "\r\n", "\u2028"])
traps = st.sampled_from(
    [
        *("'\"'", "'a'", "'\\''", '"\\""', '"(*"', "x'", "'a'b", "(**)", "( * )", "`%f", "a.[0]"),
        *("// IN F*:", '(* " *)', '"//"', '"\\\\"', "1.0R", "0xFFuy", "/\\", "\\/", "==>", "Cons?"),
    ]
)


@given(
    before=st.lists(traps | comments(), max_size=6),
    hatch=st.sampled_from(HATCHES),
    gap=separators,
    after=st.lists(traps | comments(), max_size=3),
)
def test_no_hatch_slips_through(before: list[str], hatch: str, gap: str, after: list[str]) -> None:
    source = f"let goal x = {gap.join(before)}{gap}{hatch}{gap}{gap.join(after)}"
    assert refusal(read(TACTICAL, source)), source


@given(fillers=st.lists(comments(), max_size=6), gap=separators)
def test_comments_and_strings_are_no_use(fillers: list[str], gap: str) -> None:
    source = f"let goal x = f {gap.join(fillers)} ()"
    assert not refusal(read(TACTICAL, source)), source


WRONG = [
    (
        "let ``w () Term) (pop) (push) (assert false) (declare-fun v`` (x:int) : Dv int = x\n{}",
        "raw identifier",
    ),
    ("let goal ``x () Term)(assert false);`` = ()", "raw identifier"),
    ("```pulse fn f () {{}} ```\n{}", "language extension"),
    ("let pick (_:FStar.Char.char) (f: unit -> unit) = f ()\nlet goal x = pick '1'magic", "magic"),
    ('let goal x = pick "a"Bmagic', ""),
    ("let goal x =\u0085admit ()", "admit"),
    ("let goal x = \u0430dmit ()", "name"),
    ("{}\u0000let y = admit ()", "character"),
    ("let goal x = 1magic ()", "number 1magic".replace("1magic", "'1magic'")),
    ("// IN F*: let goal x = admit ()", "admit"),
    ('#set-options "--lax"\n{}', "--lax"),
    ('{}#set-options"--lax"', "--lax"),
    ('#push-options "--z3rlimit 50 --admit_smt_queries true"\n{}', "--admit_smt_queries"),
    ('#push-options "--z3rlimit 1000000"\n{}', "--z3rlimit 1000000"),
    ('#push-options "--z3cliopt smt.x=1"\n{}', "--z3cliopt"),
    ("#push-options \"--using_facts_from 'Prims --lax'\"\n{}", "--lax"),
    ('#push-options "--z3rlimit 5 \\x2d\\x2dlax"\n{}', "--z3rlimit"),
    ('#push-options "--quake 0/1"\n{}', "--quake"),
    ("#pop-options\n{}", "#pop-options without"),
    ("#light\n{}", "#light"),
    ("%splice[h] (f ())\n{}", "%splice"),
    ("[@expect_failure]\n{}", "attribute expect_failure"),
    ("[@@ (expect_failure [19])]\n{}", "attribute"),
    ('[@("admit_smt_queries")]\n{}', "attribute"),
    ("let goal x = FStar.Axiomatic.Array.index 0", "FStar.Axiomatic.Array"),
    ("let goal x = let open FStar.Axiomatic in Array.index 0", "FStar.Axiomatic"),
    ("module A = FStar\nlet goal x = A.Axiomatic.Array.index 0", "axioms are false"),
    ("let goal x = FStar . Axiomatic (* *) . Array . index 0", "FStar.Axiomatic.Array"),
    ('let goal x = assert_norm (FStar.IO.debug_print_string "x")', "FStar.IO"),
    ("open Evil\n{}", "module Evil"),
    ('let goal x = FStar.Tactics.(set_options "--lax")', "FStar.Tactics"),
    ("assume val h: squash False\n{}", "assume"),
    ("{}\nassume A: False", "assume"),
    ("val h: squash False\nlet goal x = h", "val h without its definition"),
    ("val h: squash False\nlet goal x = h\nlet h = goal 0", "val h without its definition"),
    ("let h (y:int) : Lemma (y * y > 0) = goal y\nlet goal x = h x", "goal before its own definition"),
    ("let h (y:int) : Lemma (y * y > 0) = Sq.goal y\nlet goal x = h x", "goal before its own definition"),
    ("val goal: x:int -> Lemma True\nlet goal x = ()", "val goal"),
    ("assume val goal: x:int -> Lemma (x * x >= 0)\n{}", "assume"),
    ("private val goal: x:int -> Lemma (x * x >= 0)\n{}", "val goal"),
    ('let goal x = let s = "a\nb" in ()', "control character"),
    ("{}\nlet goal (x:int) : Lemma True = ()", "second declaration"),
    ("type goal = | A", "type goal"),
    ("let h, goal = 1, (fun x -> ())", "a pattern"),
    ("include FStar.Pervasives\n{}", "include"),
    ("friend FStar.Seq\n{}", "friend"),
    ("module Other\n{}", "module"),
    ("effect Lemma (a:Type) = Tot unit\n{}", "effect"),
    ("sub_effect DIV ~> PURE {{ lift_wp = w }}\n{}", "sub_effect"),
    ("instance i : c = x\n{}", "instance"),
    ("new_effect M\n{}", "new_effect"),
    ("\\/ True\n{}", "no declaration"),
    ("-> Tot unit\n{}", "no declaration"),
    ("{}\n(* x", "does not end"),
    ('let goal x = "x', "does not end"),
]


@pytest.mark.parametrize(("candidate", "reason"), WRONG)
def test_what_is_refused_with_its_name(candidate: str, reason: str) -> None:
    found = refusal(
        read(STATED, candidate.replace("{{", "{").replace("}}", "}").replace("{}", "let goal x = ()"))
    )
    assert reason in found
    assert found or not reason


@pytest.mark.parametrize(
    ("tactic", "reason"),
    [
        ('set_options "--admit_smt_queries true"', "set_options"),
        ("set_guard_policy Drop", "set_guard_policy"),
        ("with_policy Drop trivial", "with_policy"),
        ("dismiss ()", "dismiss"),
        ("set_goals []", "set_goals"),
        ("exact (`(magic ()))", "magic"),
        ("exact (pack_ln t)", "pack_ln"),
        ("let t = lookup_typ (top_env ()) [] in exact t", "lookup_typ"),
        ("exact (unquote (`()))", "unquote"),
        ("T.new_unlisted_primitive ()", "new_unlisted_primitive"),
        ("T.Effect.assume_safe f", "T.Effect"),
    ],
)
def test_only_listed_tactics_may_be_used(tactic: str, reason: str) -> None:
    assert reason in refusal(read(TACTICAL, f"let goal x = assert (x * x >= 0) by ({tactic})"))


def test_names_that_may_be_tactics_are_to_be_looked_up() -> None:
    source = "let h (y:int) = y\nlet goal x = h x; some_tactic (); assert_by_tactic True smt; T.trefl ()"
    assert read(TACTICAL, source).unknown == ("some_tactic",)
    assert not read(STATED, source.replace("T.trefl", "trefl")).unknown
    assert is_unlisted("FStar.Tactics.Builtins.set_options")
    assert not is_unlisted("FStar.Tactics.Derived.trivial")
    assert not is_unlisted("FStar.List.Tot.Base.length")


HONEST = [
    "let goal x = assert (x * x >= 0)",
    "let rec goal x = ()",
    "let goal = fun x -> ()",
    "private let rec h (y:int) : Lemma (y * y >= 0) = ()\nlet goal x = h x",
    "let goal x = FStar.Classical.forall_intro #int #(fun y -> y * y >= 0) (fun (y:int) -> ())",
    "let goal x = (* admit *) () // assume False",
    "(** Documentation: @param x admit *)\nlet goal x = ()",
    'let goal x = let s = "admit ()" in ()',
    "let goal x = let c = 1ul in let d = 'a' in let e = 0xFFuy in ()",
    '#push-options "--z3rlimit 50 --fuel 2 --ifuel 1"\nlet goal x = ()\n#pop-options',
    '#restart-solver\n#set-options "--max_fuel 4 --query_stats"\nlet goal x = ()',
    "val goal: x:int -> Lemma (x * x >= 0)\nlet goal x = ()",
    "val goal : y:int ->\n  Lemma (ensures (y * y >= 0)) // again\nlet goal x = ()",
    "open FStar.Classical\nlet goal x = let f (y:int) : Lemma (y * y >= 0) = () in forall_intro f",
    "module C = FStar.Classical\nlet goal x = C.forall_intro f",
    "let goal x = L.length []; List.Tot.length []; ()".replace("L.length []; List", "FStar.List"),
    "let assume_nonneg (y:nat) : Lemma (y >= 0) = ()\nlet goal x = assume_nonneg 1",
    "let magic_number = 3\nlet goal x = let admitted = magic_number in ()",
    "let goal x = let goal = x * x in assert (goal >= 0)",
    "let h (y:int) = let goal = y in goal\nlet goal x = ()",
    "let rec other x = if x = 0 then () else goal (x - 1)\nand goal x = if x = 0 then () else other (x - 1)",
    "val h : n:nat -> Lemma (n >= 0)\nlet h n = ()\nlet goal x = h 0",
    "let h (y:int) : Lemma (y * y >= 0) = let z = y in let w = z in ()\nlet goal x = h x",
    "let goal x = \u2200 (y:int). y \u2265 0",
    "[@inline_let] let goal x = ()",
    "type t = | A : int -> t | B\nlet goal x = match A x with | A y -> () | B -> ()",
]


@pytest.mark.parametrize("candidate", HONEST)
def test_what_is_honest(candidate: str) -> None:
    assert not refusal(read(STATED, candidate))


@pytest.mark.parametrize("name", ["magic", "admit", "assume_", "tadmit", "unsafe_coerce"])
def test_a_local_name_like_a_hatch_is_sent_as_another(name: str) -> None:
    """So the hatch itself cannot be meant: not even where the local name is out of scope."""
    reading = read(STATED, f"let h {name} = {name} + 1\nlet goal x = {name} ()")
    assert not refusal(reading)
    sent = [token.text for token in tokens(reading.text)]
    assert (name in sent) is (name == "assume_")
    assert f"{name}_local" in sent or name == "assume_"
    qualified = read(STATED, f"let h {name} = {name}\nlet goal x = Prims.{name} ()")
    assert bool(refusal(qualified)) is (name != "assume_")


def test_a_helpers_own_use_of_the_name_cannot_mean_what_is_to_be_proved() -> None:
    reading = read(STATED, "let h (y:int) = (let goal = y in goal); goal 1\nlet goal x = h x")
    sent = [token.text for token in tokens(reading.text)]
    assert (sent.count("goal"), sent.count("goal_local")) == (1, 3)


def test_a_repeated_statement_is_sent_once() -> None:
    reading = read(STATED, f"{STATED.statement}\nlet goal x = ()")
    assert reading.text.split() == ["let", "goal", "x", "=", "()"]


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        ("let goal (l:list int) : Lemma (length l * 2 >= length l) = ()", ""),
        ("let rec goal (l : list int) : Lemma (length l * 2 >= length l) = (* any *) ()", ""),
        ("let goal (m:list int) : Lemma (length m * 2 >= length m) = ()", ""),
        ("let goal (l:list int) : Lemma (requires True) (ensures (length l * 2 >= length l)) = ()", ""),
        ("let goal (l:list int) : Lemma (ensures (length l * 2 >= length l)) (decreases l) = ()", ""),
        (
            "let rec h (l:list int) = goal l\nand goal (l:list int) : Lemma (length l * 2 >= length l) = h l",
            "",
        ),
        ("let goal (l:list int) : Lemma ((length l * 2 >= length l)) = ()", ""),
        ("let h y = y\nlet goal (l:list int) : Lemma (length l * 2 >= length l) = h ()", ""),
        ("let goal (l:list int) : Lemma True = ()", "another type"),
        (
            "let goal (l:list int) : Lemma (requires False) (ensures (length l * 2 >= length l)) = ()",
            "another",
        ),
        ("let goal (#p:squash False) (l:list int) : Lemma (length l * 2 >= length l) = ()", "another type"),
        ("let goal (length:list int) : Lemma (length length * 2 >= length length) = ()", "another type"),
        (
            "let length y = 1\nlet goal (l:list int) : Lemma (length l * 2 >= length l) = ()",
            "redefines length",
        ),
        ("let ( * ) x y = 9\nlet goal (l:list int) : Lemma (length l * 2 >= length l) = ()", "op_Star"),
        ("let op_Star x y = 9\nlet goal (l:list int) : Lemma (length l * 2 >= length l) = ()", "op_Star"),
        ("type t = | Lemma\nlet goal (l:list int) : Lemma (length l * 2 >= length l) = ()", "type"),
        (
            "let rec g y = y and length y = 1\nlet goal (l:list int) : Lemma (length l * 2 >= length l) = ()",
            "length",
        ),
        ("let list = nat\nlet goal (l:list int) : Lemma (length l * 2 >= length l) = ()", "redefines list"),
        ("let a, length = 1, 2\nlet goal (l:list int) : Lemma (length l * 2 >= length l) = ()", "pattern"),
        (
            "let h = let goal (l:list int) : Lemma (length l * 2 >= length l) = () in 1\nlet (goal:int) = 1",
            "pattern",
        ),
        (
            "let h = let goal (l:list int) : Lemma (length l * 2 >= length l) = () in ()\nlet a, goal = 1, 2",
            "pattern",
        ),
        ("let c2 = ()", "does not define goal"),
    ],
)
def test_a_statement_without_val_is_repeated(candidate: str, reason: str) -> None:
    found = refusal(read(UNSTATED, candidate))
    assert reason in found
    assert bool(found) is bool(reason)


@pytest.mark.parametrize(
    ("statement", "other", "equal"),
    [
        ("val f: x:int -> y:nat -> Lemma (x <= y)", "val f : a:int -> b:nat -> Lemma (a <= b)", True),
        ("val f (a b:int) : Lemma (a = b)", "val f (x y : int) : Lemma (x = y)", True),
        ("val f (a b:int) : Lemma (a = b)", "val f (x y : int) : Lemma (y = x)", False),
        ("val f: #a:Type -> l:list a -> Lemma (p l)", "val f: #b:Type -> m:list b -> Lemma (p m)", True),
        (
            "val f: unit -> Lemma (forall (x:int). x = x)",
            "val f: unit -> Lemma (forall (y:int). y = y)",
            True,
        ),
        ("val f: unit -> Lemma (forall x y. x = y)", "val f: unit -> Lemma (forall a b. a = b)", True),
        ("val f: unit -> Lemma ((p : prop) == q)", "val f: unit -> Lemma ((r : prop) == q)", False),
        ("val f (x: g #p) : Lemma (q x)", "val f (x: g #r) : Lemma (q x)", False),
        ("val f (x: g (1) p) : Lemma (q x)", "val f (x: g (1) r) : Lemma (q x)", False),
        ("val f (x:nat) (y:nat{y > x}) : Tot nat", "val f (a:nat) (b:nat{b > a}) : Tot nat", True),
        ("val f (x:nat) : Lemma (forall y. p y)", "val f (x:nat) : Lemma (forall y. r y)", False),
        ("val f: x:int{p x} -> Lemma (q x)", "val f: x:int{q x} -> Lemma (q x)", False),
        ("val f: x:int -> Lemma (M.x = x)", "val f: y:int -> Lemma (M.y = y)", False),
        ("val f: x:int -> Tot int (decreases x)", "val f: x:int -> Tot int", True),
        ("val f: x:int -> Lemma (requires (True)) (ensures (p x))", "val f: x:int -> Lemma (p x)", True),
        ("val f: x:int -> Pure int (requires True) (ensures (p x))", "val f: x:int -> Pure int (p x)", False),
    ],
)
def test_statements_are_the_same_but_for_the_names_they_bind(statement: str, other: str, equal: bool) -> None:
    assert same(statement, other) is equal
    assert same(other, statement) is equal


def test_an_open_before_a_statement_without_val_is_for_f_star_to_judge() -> None:
    reading = read(UNSTATED, f"open FStar.Seq\n{UNSTATED.reference}")
    assert not refusal(reading)
    assert {"length", "list", "int", "op_Star", "op_Greater_Equals"} <= set(reading.kept)
    assert not read(UNSTATED, f"{UNSTATED.reference}\nopen FStar.Seq").kept
    assert "redefines" in refusal(read(UNSTATED, f"module Lemma = FStar.Seq\n{UNSTATED.reference}"))


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ("", ""),
        ('#set-options "--z3rlimit 20 --max_fuel 1"', ""),
        ('#push-options "--admit_smt_queries true"\n#pop-options', ""),
        ('#set-options "--lax"\n#reset-options "--max_fuel 0"', ""),
        ('#set-options "--lax"', "#reset-options"),
        ('#push-options "--admit_smt_queries true"', "#reset-options"),
        (
            '#set-options "--z3rlimit 20"\n#push-options "--lax --max_fuel 1"',
            '#reset-options "--z3rlimit 20 --max_fuel 1"',
        ),
        ('#set-options "--admit_except other"', "#reset-options"),
        ("#set-options \"--z3cliopt 'a b' --lax\"", "#reset-options \"--z3cliopt 'a b'\""),
        ('#set-options "--warn_error -335"', "#reset-options"),
    ],
)
def test_what_a_context_leaves_in_force_is_reset(context: str, expected: str) -> None:
    assert reset(f"module M\n{context}\n", "") == expected


def test_hostile_length_costs_time_in_proportion() -> None:
    units = (
        "]let ",
        "[@",
        "val goal:int ",
        "magic:x ",
        "let h goal=",
        "((",
        "`",
        "module A=B ",
        "A.B ",
        "| magic ",
    )

    def seconds(unit: str, size: int) -> float:
        begun = time.process_time()
        read(TACTICAL, unit * size + UNSTATED.reference)
        read(UNSTATED, UNSTATED.reference.replace("length l", unit * size))
        return time.process_time() - begun

    for unit in units:  # a collection of this process's garbage may fall into one try
        tries = (seconds(unit, 1_600) < 40 * max(seconds(unit, 200), 0.01) for _ in range(3))
        assert any(tries), unit


@pytest.mark.fstar_recordings
def test_no_honest_definition_is_refused(fstar_recordings: Path) -> None:
    rows = [
        json.loads(line) for line in (fstar_recordings / "problems.jsonl").read_text("utf-8").splitlines()
    ]
    assert len(rows) == 132
    for row in rows:
        task = task_of(row)
        assert not refusal(read(task, task.reference)), row["name"]
        assert reset(task.context, "") == "", row["name"]
