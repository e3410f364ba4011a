"""The F* lexer and the rules on candidates: nothing hides a cheat, nothing honest is refused."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeeval.lexing.fstar import Kind, head, module_paths, texts, tokens
from codeeval.provers.fstar.rules import forbidden, restated, unreadable, unsendable

if TYPE_CHECKING:
    from pathlib import Path

CHEATS = (
    "admit ()",
    "assume False",
    "magic ()",
    "unsafe_coerce x",
    "tadmit ()",
    "admitP False",
    "_assume p",
    "Prims.admit ()",
    "``admit`` ()",
    "FStar.Tactics.tadmit_t (`())",
    "admit_dump ()",
    "assert p by (tadmit ())",
    'pack_fv ["Prims"; "ad" ^ "mit"]',
    "admit1 ()",
    "admit_all ()",
    "magic_dump_t ()",
)
"""Ways to prove nothing; each must be found wherever it stands as code."""

inert = st.text(alphabet="ab (*)\"'`/#@[]\\\n\u2028", max_size=12)


@st.composite
def comments(draw: st.DrawFn) -> str:
    """Nested comments, line comments and strings that name what is forbidden."""
    word = draw(st.sampled_from([*CHEATS, "#set-options", "[@expect_failure]", "let c1", "val c1"]))
    kind = draw(st.integers(0, 4))
    calm = word.replace("(*", "").replace("*)", "")
    if kind == 0:
        return f"(* {calm} (* {calm} *) {calm} *)"
    if kind == 1:
        return f'// {calm} " (* \n'
    if kind == 2:
        return json.dumps(word)
    if kind == 3:
        return f"(** {calm} *)"
    return "(**)"


separators = st.sampled_from([" ", "\n", "\t", "\u00a0", "\ufeff", "\r\n", "\u2028"])
traps = st.sampled_from(
    [
        "'\"'",
        "'a'",
        "'\\''",
        '"\\""',
        '"(*"',
        "x'",
        "'a'b",
        "(**)",
        "( * )",
        "`%f",
        "a.[0]",
        "// IN F*:",
        '(* " *)',
        '"//"',
        '"\\\\"',
        "1.0R",
        "0xFFuy",
        "/\\",
        "\\/",
        "==>",
        "Cons?",
    ]
)


@given(
    before=st.lists(traps | comments(), max_size=6),
    cheat=st.sampled_from(CHEATS),
    gap=separators,
    after=st.lists(traps | comments(), max_size=3),
)
def test_no_cheat_slips_through(before: list[str], cheat: str, gap: str, after: list[str]) -> None:
    source = f"let c1 x = {gap.join(before)}{gap}{cheat}{gap}{gap.join(after)}"
    assert forbidden(tokens(source), "c1"), source


@given(fillers=st.lists(comments(), max_size=6), gap=separators)
def test_comments_and_strings_are_no_use(fillers: list[str], gap: str) -> None:
    source = f"let c1 x = f {gap.join(fillers)} ()"
    assert not forbidden(tokens(source), "c1"), source


@given(
    pragma=st.sampled_from(
        ["#set-options", "#push-options", "#reset-options", "#pop-options", "#restart-solver"]
    ),
    before=st.lists(traps | comments(), max_size=4),
    gap=separators,
)
def test_no_pragma_is_sent(pragma: str, before: list[str], gap: str) -> None:
    source = f'let c1 = {gap.join(before)}{gap}{pragma} "--lax"\nlet c2 = ()'
    assert unsendable(tokens(source)), source


@pytest.mark.parametrize("glued", ["Cons?", "x.y", "()", "1", '"s"', "'c'", "]", "}", "a'"])
def test_a_pragma_needs_no_space_before_it(glued: str) -> None:
    assert unsendable(tokens(f'let c1 = {glued}#push-options "--lax"\nlet c2 = ()'))


@given(source=st.text(max_size=60) | inert)
def test_any_text_is_cut_into_tokens_in_order(source: str) -> None:
    found = tokens(source)
    assert [token.at for token in found] == sorted({token.at for token in found})
    assert all(source.find(token.text, token.at) >= token.at for token in found)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a (* b (* c *) d *) e", ["a", "e"]),
        ("a // b\nc", ["a", "c"]),
        ("a // b\u2028c", ["a", "c"]),
        ("// IN F*: admit ()", ["admit", "(", ")"]),
        ("(*) a *) b", ["b"]),
        ("'\"' a '\"'", ["'\"'", "a", "'\"'"]),
        ("f 'a 'b'c", ["f", "'a", "'b'c"]),
        ('"(*" a', ['"(*"', "a"]),
        ('"\\"" a', ['"\\""', "a"]),
        ("``admit``", ["admit"]),
        ("`%subst", ["`%", "subst"]),
        ("a+//b", ["a", "+", "b"]),  # a comment or not: which depends on the version, so it is read
        ("[@@ inline_let]", ["[@@", "inline_let", "]"]),
        ("x /\\ y", ["x", "/\\", "y"]),
    ],
)
def test_tokens(source: str, expected: list[str]) -> None:
    assert texts(tokens(source)) == expected


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        ("let c1 = ()\nlet c1 = ()", "second declaration"),
        ("val c1 : int\nlet c1 = 1", "second declaration"),
        ("assume val c1 : int", "assume"),
        ("[@expect_failure]\nlet c1 = 1", "attribute expect_failure"),
        ("[@@ (expect_failure [19])]\nlet c1 = 1", "attribute"),
        ("\\/ True\nlet c1 = ()", "no declaration"),
        ("-> Tot unit\nlet c1 = ()", "no declaration"),
        ("open Evil\nlet c1 = ()", "open"),
        ("let c0 = 1\nmodule P = Prims\nlet c1 = ()", "module"),
        ("let c1 = ()\n%splice[c2] (f ())", "pragma"),
        ("```pulse fn f () {} ```\nlet c1 = ()", "language extension"),
        ("let c1 = unsafe_coerce 1", "unsafe_coerce"),
    ],
)
def test_what_is_refused(candidate: str, reason: str) -> None:
    assert reason in forbidden(tokens(candidate), "c1")


@pytest.mark.parametrize(
    "candidate",
    [
        "private let rec c1' x = x\nlet c1 x = c1' x",
        "let c1 x = let open FStar.Tactics in [@inline_let] let y = x in assert (y == x) by (smt ())",
        "let c1 admissible magic_number assumption = reads admissible",
        "let c1 #n #m = lemma #n #m",
    ],
)
def test_what_is_honest(candidate: str) -> None:
    assert not forbidden(tokens(candidate), "c1")


STATED = "let c1 (x:int) : Lemma (f x > 0) = ()"


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        ("let rec c1 (x : int) : Lemma (f x > 0) = (* any *) g x", ""),
        ("let helper y = y\nlet c1 (x:int) : Lemma (f x > 0) = helper x", ""),
        ("let c1 (x:int) : Lemma True = ()", "another type"),
        ("let c1 (#p:squash False) (x:int) : Lemma (f x > 0) = ()", "another type"),
        ("let f y = 1\nlet c1 (x:int) : Lemma (f x > 0) = ()", "redefines f"),
        ("let op_GreaterThan x y = true\nlet c1 (x:int) : Lemma (f x > 0) = ()", "operator"),
        ("let ( > ) x y = true\nlet c1 (x:int) : Lemma (f x > 0) = ()", "redefines >"),
        ("let (a, f) = (1, 2)\nlet c1 (x:int) : Lemma (f x > 0) = ()", "redefines f"),
        ("type t = | Lemma\nlet c1 (x:int) : Lemma (f x > 0) = ()", "type"),
        ("let rec g y = y and f y = 1\nlet c1 (x:int) : Lemma (f x > 0) = ()", "redefines f"),
        ("let c2 = ()", "does not define c1"),
    ],
)
def test_a_statement_without_val_is_repeated_word_for_word(candidate: str, reason: str) -> None:
    found = restated(tokens(candidate), STATED, "c1")
    assert reason in found
    assert bool(found) is bool(reason)


def test_the_head_ends_before_the_equals_sign_of_the_body() -> None:
    code = tokens("let f (x:int{x = 1}) : Lemma (requires x = 1) (ensures (let y = x in y = 1)) = ()")
    found = head(code, "f")
    assert found is not None
    assert texts(found)[-1] == ")"
    assert texts(code)[len(found)] == "="
    assert head(tokens("let f x"), "f") is None


def test_modules() -> None:
    code = tokens(
        "module S = FStar.Set\nopen FStar.Mul\nlet f x = S.mem x (FStar.Seq.Base.index 0) (Some y) Cons?.hd"
    )
    assert {"S", "FStar.Set", "FStar.Mul", "FStar.Seq.Base"} <= module_paths(code)
    assert "Some" not in module_paths(code)


@pytest.mark.parametrize("source", ["(* x", "(** x", '"x', "(* (* *)"])
def test_what_does_not_end_is_reported(source: str) -> None:
    assert "does not end" in unreadable(tokens(f"let c1 = {source}"))


def test_hostile_length_costs_time_in_proportion() -> None:
    def seconds(size: int) -> float:
        begun = time.process_time()
        for unit in ("(*", "+//", "'", "``a", "x\u2028//y", "[@", "#"):
            tokens(unit * size)
        return time.process_time() - begun

    seconds(100)
    longest = min(seconds(16_000) for _ in range(3))  # one may meet the garbage collector
    assert longest < 40 * max(seconds(2_000), 0.01), "eight times the text, eight times the time"


@pytest.mark.fstar_recordings
def test_no_honest_definition_is_refused(fstar_recordings: Path) -> None:
    rows = [
        json.loads(line) for line in (fstar_recordings / "problems.jsonl").read_text("utf-8").splitlines()
    ]
    assert len(rows) == 132
    for row in rows:
        code, name = tokens(row["source_definition"]), row["name"].rpartition(".")[2]
        refused = unreadable(code) or unsendable(code) or forbidden(code, name)
        assert not refused, row["name"]
        assert not restated(code, row["source_definition"], name), row["name"]
        assert not {token.kind for token in tokens(row["file_context"])} & {Kind.UNTERMINATED, Kind.BLOB}
