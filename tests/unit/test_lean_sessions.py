"""Lean's answers, warm and cold, on a double whose sessions are written by hand (no real Lean made them)."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from support import lean_sessions as sessions

from codeeval.errors import SandboxError
from codeeval.provers.findings import Category
from codeeval.provers.hosts import ProcessDied
from codeeval.provers.lean.acceptance import question, verdict
from codeeval.provers.lean.checker import LeanChecker, Repl
from codeeval.provers.lean.protocol import Message, messages
from codeeval.provers.lean.prover import Lean
from codeeval.provers.local import LocalHost
from codeeval.provers.sandbox import Checkers

if TYPE_CHECKING:
    from pathlib import Path

MEMORY = 1 << 30
WALL_S = 120.0
VERDICTS = {
    sessions.PROOF: Category.ACCEPTED,
    f"{sessions.STATED} := by\n  exact Nat.add_comm a b": Category.ACCEPTED,
    f"{sessions.STATED} := by\n  bv_decide": Category.CHEAT,
    sessions.WRONG: Category.UNPROVED,
    sessions.UNKNOWN: Category.TYPE,
    sessions.SYNTAX: Category.SYNTAX,
    sessions.OTHER: Category.MISMATCH,
    f"{sessions.STATED} := by sorry": Category.CHEAT,
    f"{sessions.STATED} := by trivial /-": Category.SYNTAX,
    "x" * (300 << 10): Category.SYNTAX,
    "\ud800": Category.SYNTAX,
    f"{sessions.PROOF} -- never written down": Category.UNABLE,
}


@pytest.mark.parametrize("repl", [False, True], ids=["cold", "warm"])
def test_every_session_gets_its_verdict(tmp_path: Path, repl: bool) -> None:
    checker = LeanChecker(Lean(LocalHost(), sessions.write(tmp_path, repl=repl), MEMORY))
    found = {candidate: checker.check(sessions.TASK, candidate, WALL_S).category for candidate in VERDICTS}
    checker.close()
    assert found == VERDICTS


def test_a_warm_repl_serves_many_candidates_and_each_proof_has_one_of_its_own(tmp_path: Path) -> None:
    checkers = Checkers(Lean(LocalHost(), sessions.write(tmp_path, repl=True), MEMORY))
    checkers.open()
    for _ in range(50):
        assert checkers.check(sessions.TASK, sessions.WRONG, WALL_S).category is Category.UNPROVED
    assert checkers.starts == 1
    for _ in range(2):
        assert checkers.check(sessions.TASK, sessions.PROOF, WALL_S).category is Category.ACCEPTED
    assert checkers.starts == 1 + 2
    checkers.close()


@pytest.mark.parametrize(
    ("stated", "candidate", "name"),
    [
        ("namespace Foo\n\ntheorem bar : 1 = 1", "theorem bar : 1 = 1 := rfl", "Foo.bar"),
        ("theorem Foo.bar : 1 = 1", "theorem Foo.bar : 1 = 1 := rfl", "Foo.bar"),
        ("theorem bar : 1 = 1", "namespace Own\ntheorem bar : 1 = 1 := rfl\nend Own", "Own.bar"),
        ("namespace A\ntheorem B.bar : 1 = 1", "theorem B.bar : 1 = 1 := rfl", "A.B.bar"),
        ("theorem bar : 1 = 1", "theorem other : 1 = 1 := rfl", "bar"),
    ],
)
def test_the_theorem_is_asked_for_by_its_full_name(stated: str, candidate: str, name: str) -> None:
    task = sessions.TASK.__class__(name=stated.split()[-5], header=sessions.HEADER, stated=stated)
    sent = question(task, candidate, "TOKEN")
    assert sent
    assert f":= @_root_.{name}\n" in sent.text


def test_the_statement_before_a_candidate_has_no_attributes() -> None:
    """As a simp lemma it would prove the candidate by ``sorry``."""
    stated = "def two := 2\n/-- Doc. -/\n@[simp, norm_cast] private theorem add_swap : two = 2"
    sent = question(msgspec.structs.replace(sessions.TASK, stated=stated), "x", "TOKEN")
    assert sent
    assert "theorem _root_._codeeval_stated_TOKEN : two = 2 := by sorry" in sent.text
    assert "simp" not in sent.text


def test_the_axioms_count_only_on_the_line_that_queries_them() -> None:
    sent = question(sessions.TASK, sessions.PROOF, "TOKEN")
    assert sent
    line = sessions.axioms_line(sessions.PROOF)

    def answer(place: int, data: str, *more: Message) -> Category:
        messages = [msgspec.convert(sessions.message("information", place - sessions.OFFSET, data), Message)]
        return verdict(sent, [*messages, *more]).category

    assert answer(line, sessions.NO_AXIOMS) is Category.ACCEPTED
    assert answer(line, sessions.AXIOMS) is Category.ACCEPTED
    assert answer(line - 3, sessions.NO_AXIOMS) is Category.MISMATCH
    assert answer(line, sessions.NO_AXIOMS.replace("TOKEN", "other")) is Category.MISMATCH
    assert answer(line, sessions.AXIOMS.replace("propext", "sorryAx")) is Category.CHEAT
    assert answer(line, sessions.AXIOMS.replace("propext", "Foo.propext")) is Category.CHEAT
    warned = msgspec.convert(sessions.message("warning", 2 - sessions.OFFSET, sessions.SORRY), Message)
    assert answer(line, sessions.NO_AXIOMS, warned) is Category.CHEAT
    own = msgspec.convert(sessions.message("error", 1 - sessions.OFFSET, "unknown identifier"), Message)
    assert answer(line, sessions.NO_AXIOMS, own) is Category.CONTEXT
    swallowed = msgspec.convert(
        sessions.message("error", line - 2 - sessions.OFFSET, "unexpected token"), Message
    )
    assert answer(line, sessions.NO_AXIOMS, swallowed) is Category.SYNTAX


def test_the_statement_precedes_the_candidate_under_another_name() -> None:
    sent = question(sessions.TASK, sessions.PROOF, "TOKEN")
    assert sent
    lines = sent.text.split("\n")
    assert lines[0] == "theorem _root_._codeeval_stated_TOKEN (a b : Nat) : a + b = b + a := by sorry"
    assert "\n".join(lines[sent.first - 1 : sent.after - 1]) == sessions.PROOF
    assert lines[sent.after] == (
        "theorem _root_._codeeval_checked_TOKEN : type_of% @_root_._codeeval_stated_TOKEN := @_root_.add_swap"
    )


def test_lines_that_are_not_messages_are_skipped() -> None:
    text = b'hello\n{"severity":"error","pos":{"line":1,"column":0},"data":"x","kind":"k"}\n\xff\n{}\n'
    assert [message.data for message in messages(text)] == ["x"]


def test_no_message_is_left_out_however_many_there_are() -> None:
    line = '{"severity":"warning","pos":{"line":1,"column":0},"data":"x"}\n'
    last = '{"severity":"information","pos":{"line":9,"column":0},"data":"last"}\n'
    assert messages((line * 5000 + last).encode())[-1].data == "last"


class Printing:
    """A REPL that prints before it answers."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = list(chunks)

    def write(self, data: bytes) -> None:
        pass

    def read(self, timeout_s: float) -> bytes:
        del timeout_s
        return self._chunks.pop(0) if self._chunks else b""

    def stderr(self) -> str:
        return ""

    def close(self) -> None:
        pass


ANSWER = b'{"env": 1,\n "messages": []}\n\n'


@pytest.mark.parametrize("noise", [b"", b"note\n", b"a\n\nb\n", b"{ not JSON\n", b"x\n\n{y}\n\nz\n"])
def test_what_a_repl_prints_before_its_answer_is_skipped(noise: bytes) -> None:
    repl = Repl(Printing(b'{"env": 0}\n\n', noise + ANSWER))
    repl.use("import Init")
    assert repl.ask("theorem x : True := trivial", WALL_S) == ()


def test_a_repl_that_prints_no_answer_is_malformed() -> None:
    with pytest.raises(ProcessDied):
        Repl(Printing(b"no\n\n", b"answer\n\n")).use("import Init")


def script(folder: Path, body: str) -> str:
    binary = folder / "lean"
    version = 'case "$*" in *--version*) echo "Lean (version 4.9.0, commit x)"; exit 0;; esac'
    binary.write_text(f"#!/bin/sh\n{version}\n{body}\n")
    binary.chmod(0o755)
    return str(binary)


@pytest.mark.parametrize(
    ("body", "category"),
    [
        ("exec sleep 600", Category.TIMEOUT),
        ("exit 0", Category.CRASH),
        ("kill -9 $$", Category.CRASH),
        ("echo 'Stack overflow detected. Aborting.' >&2; exit 134", Category.UNPROVED),
    ],
)
def test_a_lean_that_breaks_off(tmp_path: Path, body: str, category: Category) -> None:
    checker = LeanChecker(Lean(LocalHost(), script(tmp_path, body), MEMORY))
    wall_s = 0.5 if category is Category.TIMEOUT else WALL_S
    assert checker.check(sessions.TASK, sessions.PROOF, wall_s).category is category
    assert checker.starts == (3 if category is Category.CRASH else 1), "twice, and once without the candidate"


def test_a_crash_that_repeats_is_the_candidates_where_lean_works_without_it(tmp_path: Path) -> None:
    unproved = f"{sessions.STATED} := by sorry"
    works = sessions.session(unproved, [sessions.PRESENT, ("warning", 2, sessions.SORRY)])
    sessions.write(tmp_path / "d", more=(works,))
    double = f"{sys.executable} -m codeeval.provers.lean.double {tmp_path / 'd'}"
    dies = f'for last; do :; done; grep -q omega "$last" && kill -9 $$; exec {double} "$@"'
    checker = LeanChecker(Lean(LocalHost(), script(tmp_path, dies), MEMORY))
    finding = checker.check(sessions.TASK, sessions.PROOF, WALL_S)
    assert finding.category is Category.UNPROVED
    assert "status -9" in finding.detail


def test_a_repl_that_was_cut_off_is_replaced(tmp_path: Path) -> None:
    binary = script(tmp_path, "exit 0")
    sessions.write(tmp_path / "d")
    double = f"{sys.executable} -m codeeval.provers.lean.double {tmp_path / 'd'} --repl"
    hung = "printf '{\"env\": 0}\\n\\n'; exec sleep 600"
    repl = tmp_path / "repl"
    repl.write_text(f"#!/bin/sh\nif mkdir {tmp_path}/first; then {hung}; fi\nexec {double}\n")
    repl.chmod(0o755)
    checker = LeanChecker(Lean(LocalHost(), binary, MEMORY))
    assert checker.check(sessions.TASK, sessions.PROOF, 0.5).category is Category.TIMEOUT
    assert checker.check(sessions.TASK, sessions.PROOF, WALL_S).category is Category.ACCEPTED
    assert checker.starts == 2
    checker.close()


def test_without_lean_the_error_names_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(SandboxError) as caught:
        Lean(LocalHost(), str(tmp_path / "none"), MEMORY)
    assert "elan" in caught.value.remedy
    other = tmp_path / "other"
    other.write_text("#!/bin/sh\necho 'Lean (version 3.51.1)'\n")
    other.chmod(0o755)
    with pytest.raises(SandboxError, match=r"other.*3\.51\.1"):
        Lean(LocalHost(), str(other), MEMORY)
    with pytest.raises(SandboxError, match=re.escape(str(tmp_path))):
        Lean(LocalHost(), str(tmp_path), MEMORY)


def test_each_sandbox_has_a_process_of_its_own(tmp_path: Path) -> None:
    checkers = Checkers(Lean(LocalHost(), sessions.write(tmp_path, repl=True), MEMORY))
    names = [checkers.open(), checkers.open()]
    for name in (*names, *names):
        assert checkers.check(sessions.TASK, sessions.WRONG, WALL_S, name).category is Category.UNPROVED
    assert checkers.starts == 2
    for _name in names:
        checkers.close()
