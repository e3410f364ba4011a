"""Sessions of a double of Lean, written by hand as Lean 4.9 prints them; no real Lean made them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from codeeval.provers.lean.acceptance import Task, question

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "import Init\n\nset_option maxHeartbeats 400000\n"
STATED = "theorem add_swap (a b : Nat) : a + b = b + a"
PROOF = f"{STATED} := by\n  omega"
TASK = Task(name="add_swap", header=HEADER, stated=STATED)
OFFSET = HEADER.count("\n")

# Any: messages are whatever JSON Lean prints
Session = dict[str, Any]

SORRY = "declaration uses 'sorry'"
PRESENT = ("warning", 1, SORRY)
"""The message on the statement before a candidate."""
AXIOMS = "'_codeeval_checked_TOKEN' depends on axioms: [propext,\n Classical.choice,\n Quot.sound]"
NO_AXIOMS = "'_codeeval_checked_TOKEN' does not depend on any axioms"


def message(severity: str, line: int, data: str) -> Session:
    """Write a message; ``line`` counts from 1 behind the header."""
    place = {"line": line + OFFSET, "column": 0}
    return {"severity": severity, "pos": place, "endPos": place, "data": data}


def lines_of(candidate: str) -> int:
    """Return the line behind a candidate, which begins on line 2."""
    return 2 + candidate.count("\n") + 1


def session(candidate: str, messages: list[tuple[str, int, str]]) -> Session:
    """Write the messages of the double on a candidate."""
    sent = question(TASK, candidate, "TOKEN")
    assert sent
    return {"text": HEADER + sent.text, "messages": [message(*one) for one in messages]}


def axioms_line(candidate: str) -> int:
    """Return the line that queries the axioms."""
    return lines_of(candidate) + 2


def honest(candidate: str, axioms: str = AXIOMS) -> Session:
    """Write a session in which Lean accepts the candidate."""
    return session(candidate, [PRESENT, ("information", axioms_line(candidate), axioms)])


def refused(candidate: str, line: int, data: str) -> Session:
    """Write a session with an error in the candidate, after which the queries about it fail as well."""
    behind = lines_of(candidate)
    return session(
        candidate,
        [
            PRESENT,
            ("error", line, data),
            ("error", behind + 1, "unknown identifier '_root_.add_swap'"),
            ("error", behind + 2, "unknown constant '_root_._codeeval_checked_TOKEN'"),
        ],
    )


WRONG = f"{STATED} := by\n  rfl"
UNKNOWN = f"{STATED} := Nat.add_swapped a b"
SYNTAX = f"{STATED} := by\n  omega )"
OTHER = "theorem add_swap (a b : Nat) : a = a := rfl"


def sessions() -> list[Session]:
    """Return all of them."""
    other = lines_of(OTHER)
    return [
        honest(PROOF),
        honest(f"{STATED} := by\n  exact Nat.add_comm a b", NO_AXIOMS),
        honest(f"{STATED} := by\n  bv_decide", AXIOMS.replace("propext", "propext, Lean.ofReduceBool")),
        refused(WRONG, 3, "The rfl tactic failed. Possible reasons:\n- The goal is not a reflexive relation"),
        refused(UNKNOWN, 2, "unknown constant 'Nat.add_swapped'"),
        refused(SYNTAX, 3, "unexpected token ')'; expected command"),
        session(
            OTHER,
            [
                PRESENT,
                ("error", other + 1, "type mismatch\n  _root_.add_swap\nhas type\n  Nat -> Nat -> a = a"),
                ("information", other + 2, AXIOMS.replace("propext", "propext, sorryAx")),
            ],
        ),
    ]


def write(folder: Path, *, repl: bool = False, more: tuple[Session, ...] = ()) -> str:
    """Write a double's folder; returns the prover that ``--sandbox lean:`` names."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row) for row in (*sessions(), *more)]
    (folder / "sessions.jsonl").write_text("\n".join(lines) + "\n")
    if repl:
        (folder / "repl").touch()
    return f"double:{folder}"
