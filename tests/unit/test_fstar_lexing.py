"""The F* lexer and its declarations: every version of F* reads what is sent as the lexer does."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeeval.lexing.fstar import module_paths, plain, texts, tokens
from codeeval.lexing.fstar_declarations import declarations, head, operator_name

inert = st.text(alphabet="ab (*)\"'`/#@[]\\\n\u2028", max_size=12)


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
        ("a+//b", ["a", "+"]),
        ("f '1'magic 'a'magic", ["f", "'1'", "magic", "'a'magic"]),
        ("[@@ inline_let]", ["[@@", "inline_let", "]"]),
        ("x /\\ y", ["x", "/\\", "y"]),
    ],
)
def test_tokens(source: str, expected: list[str]) -> None:
    assert texts(tokens(source)) == expected


@given(source=st.text(max_size=60) | inert)
def test_what_is_sent_has_the_same_tokens_and_nothing_else(source: str) -> None:
    sent = plain(source)
    assert [(token.kind, token.text) for token in tokens(sent)] == [
        (token.kind, token.text) for token in tokens(source)
    ]
    assert plain(sent) == sent
    written = {token.at for token in tokens(sent)}
    for index, character in enumerate(sent):
        assert character in " \n\r" or any(at <= index for at in written)


@pytest.mark.parametrize(
    ("source", "sent"),
    [
        ("(** @x (*\n*)\nlet h = admit ()\n(** @y *)\n*)\nlet t = ()", "\n\n\n\n\nlet t = ()"),
        ("let t = () // assume", "let t = ()"),
        ("// IN F*: let t = ()", "let t = ()"),
        ("f '1'magic", "f '1' magic"),
        ('f "a"Bmagic', 'f "a" Bmagic'),
        ("let t =\u00a0\ufeff\u2028x", "let t =   x"),
        ("x +// comment\ny", "x +\ny"),
    ],
)
def test_comments_are_not_sent_and_what_touches_is_set_apart(source: str, sent: str) -> None:
    assert "\n".join(line.strip() for line in plain(source).split("\n")) == sent


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("let f x = let y = x in y\nlet g = f", [("let", ("f",)), ("let", ("g",))]),
        ("let rec f x = g x and g x = f x", [("let", ("f", "g"))]),
        ("let h = let rec f x = g x and g x = f x in f\nval k: int", [("let", ("h",)), ("val", ("k",))]),
        ("let h = (let t x = 1 in t)\nlet (a, t) = h", [("let", ("h",)), ("let", ("",))]),
        ("let a, t = 1, 2", [("let", ("",))]),
        ("let Some t = x", [("let", ("",))]),
        ("let ( @| ) a b = a", [("let", ("op_At_Bar",))]),
        ("let h = begin let t = 1 in t end", [("let", ("h",))]),
        ("let h = let open M in t", [("let", ("h",))]),
        ("open M\nmodule L = M.N\ntype t = | A", [("open", ()), ("module", ()), ("type", ("t",))]),
        (
            '#push-options "--fuel 1"\nlet t = ()\n#pop-options',
            [("#push-options", ()), ("let", ("t",)), ("#pop-options", ())],
        ),
        ("[@(a [1])] private let t = ()", [("let", ("t",))]),
        ("f x = 1", []),
    ],
)
def test_declarations(source: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [(each.keyword, each.names) for each in declarations(tokens(source))] == expected


def test_qualifiers_and_attributes_belong_to_a_declaration() -> None:
    code = tokens("let s = [1]\n[@(a [1]); b] private unfold let t = ()")
    first, second = declarations(code)
    assert texts(code[first.start : first.end]) == ["let", "s", "=", "[", "1", "]"]
    assert texts(code[second.start : second.at])[-2:] == ["private", "unfold"]
    assert operator_name("^") == "op_Hat"


def test_a_text_of_any_kind_has_declarations_in_order() -> None:
    for source in ("let", "and in let and", ") let x = 1", "]] [@ let", "val", "let rec", "module", "open"):
        found = declarations(tokens(source))
        assert [each.at for each in found] == sorted(each.at for each in found)


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


def test_hostile_length_costs_time_in_proportion() -> None:
    def seconds(size: int, end: str = "") -> float:
        begun = time.process_time()
        for unit in ("(*", "+//", "'", "``a", "x\u2028//y", "[@", "#"):
            tokens(unit * size + end)
        return time.process_time() - begun

    seconds(100)
    longest = min(seconds(16_000, end) for end in "abc")  # one may meet the garbage collector
    assert longest < 40 * max(seconds(2_000), 0.01), "eight times the text, eight times the time"
