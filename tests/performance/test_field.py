"""The table of the field says what was measured, and a tool's wrong verdicts count against it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
from field import BEGIN, END, KINDS, Field, Measured, Peer, _wrong, programs, write_section

TOOL = Measured(
    name="tool",
    version="1.2",
    isolation="none",
    programs_per_s=50.0,
    best_per_s=60.0,
    times_ours=3.4,
    cpu_ms=20.0,
    peak_mb=21.0,
    start_s=0.4,
    agreement=0.9,
    wrong={"exit(0)": 2},
)
FIELD = Field(
    date="2026-11-30",
    machine="m",
    python="3.11",
    rounds=3,
    programs=4,
    probed=20,
    tools=(TOOL, msgspec.structs.replace(TOOL, name="faster", times_ours=1.0)),
    absent={"other": "no server"},
)


def test_the_page_has_one_table_and_says_what_is_absent() -> None:
    page = f"before\n{BEGIN}old\n{END}after\n"
    made = write_section(page, FIELD)
    assert made == write_section(made, FIELD)
    assert made.startswith(f"before\n{BEGIN}")
    assert made.endswith(f"- other: no server\n{END}after\n")
    assert "old" not in made
    assert made.index("| faster ") < made.index("| tool ")
    assert "| 90.0%          | 2 exit(0) |" in made


def test_a_tool_that_trusts_the_exit_status_is_wrong_on_programs_that_end_early(tmp_path: Path) -> None:
    rows, kinds = programs(1)
    chosen = [kinds.index(kind) for kind in KINDS if kind != "loops"]
    file = tmp_path / "programs.json"
    file.write_text(json.dumps([rows[index] for index in chosen]), "utf-8")
    with Peer("python3 file.py", Path(sys.executable), file) as peer:
        wrong, peak = _wrong(peer, [kinds[index] for index in chosen])
    assert wrong == {"exit(0)": 1, "os._exit(0)": 1}
    assert peak > 1e6
