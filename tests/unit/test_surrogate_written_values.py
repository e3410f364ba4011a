"""Values of other languages: taken from their tests, and distinguished from other expressions."""

from __future__ import annotations

import pytest

from codeeval.benchmarks.common import predictions
from codeeval.benchmarks.surrogate import written_values
from codeeval.types import Completion, CompletionKind

LINES = [
    ("bash", '    [[ $(candidate "a b") = "a,1" ]]', '"a,1"'),
    ("cpp", "    assert(candidate((2)) == (std::vector<long>({(long)2})));", "std::vector<long>({(long)2})"),
    ("cpp", "    assert(candidate((2)) == std::make_tuple(-2, 1));", "std::make_tuple(-2, 1)"),
    ("go", '     { actual: candidate("a, b"), expected: map[string]int{"a": 2} },', 'map[string]int{"a": 2}'),
    ("java", '    assert(f(("a)")).equals((new Pair<Long,Long>(1l, -2l))));', "new Pair<Long,Long>(1l, -2l)"),
    ("java", "    assert(f((1l)) == (2l));", "2l"),
    ("javascript", '  assert.deepEqual(candidate("a)", [1]),{"a": 2});', '{"a": 2}'),
    ("julia", '\t@test(candidate("a") == Dict("a" => 1))', 'Dict("a" => 1)'),
    ("lua", "    lu.assertEquals(candidate('a'), {['a'] = 2})", "{['a'] = 2}"),
    ("perl", '        if(eq_deeply($candidate->("a"),{"a" => 2})) {', '{"a" => 2}'),
    ("php", '  if (candidate("a") !== array(2)) { throw new Exception("Test failed!"); }', "array(2)"),
    ("r", "    stopifnot(isTRUE(all.equal(candidate('a'), list('a' = 2))))", "list('a' = 2)"),
    ("racket", '    (check-within (candidate "a") #hash(("a" .  2)) 0.001)', '#hash(("a" .  2))'),
    ("ruby", '    assert_equal({"a" => 2}, candidate.call("a"))', '{"a" => 2}'),
    ("rust", '    assert_eq!(candidate(String::from("a")), vec![(1, -2)]);', "vec![(1, -2)]"),
    ("scala", "    assert(f((1l)).equals((List[Long](1l, 2l))));", "List[Long](1l, 2l)"),
    ("swift", 'assert(f(test: "a") == ["a" : 2])', '["a" : 2]'),
    ("typescript", "  assert.deepEqual(candidate(1),-1);", "-1"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "line", "value"), LINES)
def test_the_value_of_an_assertion(language: str, line: str, value: str) -> None:
    (found,) = written_values.assertions(f"begin\n{line}\nend", language, "f")
    assert found.value == value
    assert found.line == line.strip()
    assert written_values.is_literal(value, language, [value])


def test_every_form_is_tested() -> None:
    assert {language for language, _, _ in LINES} == written_values.FORMS.keys()


def test_lines_that_are_not_assertions_of_the_function() -> None:
    for line in ("let candidate = f;", "(other(1), 2);", "(candidate(1, 2);", "(candidate(1), );"):
        assert written_values.assertions(f"assert_eq!{line}", "rust", "f") == []
    assert written_values.assertions("Debug.Assert(F(1) == 2);", "csharp", "f") == []
    twice = "assert_eq!(candidate(1), 2);\nassert_eq!(candidate(1), 2);"
    assert written_values.assertions(twice, "rust", "f") == []  # which of them would be replaced?


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("rust", "candidate(1)"),
        ("rust", "f(1)"),
        ("rust", "vec![1], 2"),
        ("rust", "vec![1"),
        ("rust", "vec![1)]"),
        ("rust", "vec![1]); exit(0); ("),
        ("rust", "1 || true"),
        ("rust", "5 - 3"),
        ("rust", "vec![1]\n"),
        ("rust", "{ return }"),
        ("rust", "std::process::exit(0)"),
        ("rust", "vec![1]//"),
        ("rust", ""),
        ("rust", "1" * 3000),
        ("bash", "*"),
        ("bash", '"$(exit 0)"'),
        ("bash", '"`exit 0`"'),
        ("bash", '"a" || "b"'),
        ("ruby", '"#{exit}"'),
        ("swift", r'"\(exit(0))"'),
        ("perl", '"@{[exit]}"'),
        ("php", '"$x"'),
        ("julia", "1 || true"),
        ("racket", "5 1000000"),
        ("racket", "(list 1) 1000000"),
        ("racket", "(exit)"),
        ("r", "5, 1e9"),
        ("r", "c(1, tolerance = 1e9)"),
        ("lua", "os.exit(0)"),
        ("javascript", "process.exit(0)"),
        ("javascript", "5); process.exit(0); (0"),
        ("cpp", "1) || (1"),
        ("java", "new Object()"),
    ],
)
def test_texts_that_are_not_literals(language: str, text: str) -> None:
    known = {"rust": ["vec![1]", "2"], "racket": ["(list 1)", "#hash((1 . 2))"], "r": ["c(1, 2)"]}
    assert not written_values.is_literal(text, language, known.get(language, ['"a"', "1"]))


@pytest.mark.parametrize(
    ("language", "text"),
    [("rust", "vec![3, -4, 5]"), ("rust", "vec![vec![]]"), ("racket", "(list -3 -4)"),
     ("racket", "#hash((7 . 8))"), ("racket", "-5"), ("r", "c(-1, 2.5)"), ("bash", '"x y"'),
     ("javascript", "[[1, true], null]"), ("java", "2l"), ("cpp", "false")],
)  # fmt: skip
def test_other_literals(language: str, text: str) -> None:
    known = {"rust": ["vec![1]", "2"], "racket": ["(list 1)", "#hash((1 . 2))"], "r": ["c(1, 2)"]}
    assert written_values.is_literal(text, language, known.get(language, ['"a"', "1"]))


def test_comments_are_not_shown() -> None:
    assert written_values.without_comments(
        "/// f(1) is 2\nfn f() {\n    // so\n    1 // kept\n}\n", "rust"
    ) == ("fn f() {\n    1 // kept\n}")
    assert written_values.without_comments("#!/bin/bash\n# f 1 -> 2\nf() {", "bash") == "#!/bin/bash\nf() {"
    assert (
        written_values.without_comments('"""f(1) is 2\nend"""\nfunction f()\nend', "julia")
        == "function f()\nend"
    )


@pytest.mark.parametrize(
    ("text", "rule", "code"),
    [
        ("[ANSWER]\nassert_eq!(candidate(1), vec![2]);\n[/ANSWER]", "line", "vec![2]"),
        ("[ANSWER]\n```rust\nassert_eq!(candidate(1), vec![2]);\n```\n[/ANSWER]", "line", "vec![2]"),
        ("[ANSWER]vec![2][/ANSWER]", "bare", "vec![2]"),
        ("[ANSWER]\nassert_eq!(candidate(1), vec![2]\n", "line", "vec![2]"),
        ("[ANSWER]\nassert_eq!(candidate(1), );\n[/ANSWER]", "none", ""),
        ("[ANSWER]\none\ntwo\n[/ANSWER]", "none", ""),
        ("", "none", ""),
    ],
)
def test_predicted_values(text: str, rule: str, code: str) -> None:
    completion = Completion(task_id="t", sample=0, text=text, kind=CompletionKind.ANSWER)
    found = predictions.written_value(completion, "assert_eq!(candidate(1), ", ");")
    assert (found.rule, found.code) == (rule, code)
