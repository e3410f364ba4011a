"""The checker against recorded sessions of F*: the same queries, the recorded verdicts."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from support.fstar_replay import Replay, ReplayLaunch, groups, read

from codeeval.errors import SandboxError
from codeeval.provers.findings import Category
from codeeval.provers.fstar.checker import ALIVE, FStarChecker
from codeeval.provers.fstar.protocol import PushKind
from codeeval.provers.fstar.rules import read as reading_of
from codeeval.provers.fstar.session import FStarSession
from codeeval.provers.fstar.task import ProofTask
from codeeval.provers.hosts import Overdue, ProcessDied

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = ("transcripts", "transcripts-numbered", "transcripts-port")
FALSE = ProofTask(
    file_name="T04.fst",
    name="T04.c1",
    context="module T04\nopen FStar.Mul\nopen FStar.Tactics\n",
    reference="let c1 (x:int) : Lemma (x * x > 0) = ()",
    context_kind=PushKind.FULL,
)
"""The statement of the sessions 04: a statement that is false, so whatever is accepted is a hole."""
GREETING = {"dir": "out", "msg": {"kind": "protocol-info", "version": 3, "features": ["push", "lookup"]}}


def out(message: dict[str, Any]) -> dict[str, Any]:
    return {"dir": "out", "msg": {"query-id": "1"} | message}


def sent(query: str, **arguments: Any) -> dict[str, Any]:
    return {"dir": "in", "msg": {"query": query, "args": arguments}}


def answered(status: str, response: Any) -> dict[str, Any]:
    return out({"kind": "response", "status": status, "response": response})


def pushed(kind: str, line: int, code: str) -> dict[str, Any]:
    return sent("push", kind=kind, line=line, column=0, code=code)


@pytest.mark.fstar_recordings
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_recorded_query_gets_its_recorded_response(folder: str, fstar_recordings: Path) -> None:
    seen = 0
    for path in sorted((fstar_recordings / folder).glob("*.jsonl")):
        entries = [entry for entry in read(path) if not (entry["dir"] == "in" and "msg" not in entry)]
        entries = [entry for entry in entries if entry.get("msg", {}).get("query-id") != "?"]
        replay = Replay(copy.deepcopy(entries))
        responses = [
            e["msg"] for e in entries if e["dir"] == "out" and e.get("msg", {}).get("kind") == "response"
        ]
        if not any(e.get("msg", {}).get("kind") == "protocol-info" for e in entries):
            with pytest.raises(ProcessDied, match="unrecognized option '--report_assumes'"):
                FStarSession(replay)
            continue
        session = FStarSession(replay)
        for expected in responses:
            query = replay.expected
            assert query is not None
            got = session.query(query["query"], query["args"], 1.0)
            assert got.status == expected["status"], path.name
            assert json.loads(bytes(got.response)) == expected["response"], path.name
            seen += 1
        if (query := replay.expected) is not None:  # F* died over it, or was killed
            with pytest.raises((ProcessDied, Overdue)):
                session.query(query["query"], query["args"], 1.0)
    assert seen > 30


def hatch_sessions(folder: Path) -> list[Path]:
    stock = (folder / name / "04-admit.jsonl" for name in FOLDERS[:2])
    return [*stock, *sorted((folder / "transcripts-port").glob("03-*.jsonl"))]


@pytest.mark.fstar_recordings
def test_no_escape_hatch_is_accepted_and_the_queries_are_those_recorded(fstar_recordings: Path) -> None:
    for path in hatch_sessions(fstar_recordings):
        first, *cases = groups(read(path))
        context = next(entry["msg"]["args"]["code"] for entry in first[1] if entry["dir"] == "in")
        module = context.split()[1]
        sendable = []
        for title, recorded in cases:
            entries = copy.deepcopy(recorded)
            query = next(entry["msg"]["args"] for entry in entries if entry["dir"] == "in")
            reading = reading_of(FALSE, query["code"])
            if "let admit" in query["code"]:  # what is sent has another name there
                query["code"] = reading.text
            if not reading.unsendable and not reading.unreadable:
                sendable.append((title, entries))
        replay = Replay(copy.deepcopy([*first[1], *(entry for _, entries in sendable for entry in entries)]))
        checker = FStarChecker(ReplayLaunch(replay))
        found = {}
        for title, entries in cases:
            code = next(entry["msg"]["args"]["code"] for entry in entries if entry["dir"] == "in")
            name = "c1" if "c1" in code or not code.strip("(*.) \n") else code.split()[1]
            task = ProofTask(
                file_name=f"{module}.fst",
                name=f"{module}.{name}",
                context=context,
                reference=FALSE.reference,
                context_kind=PushKind.FULL,
            )
            found[title] = checker.check(task, code.removesuffix("\n"), 1.0)
        assert len(found) == len(cases) > 30
        accepted = {title for title, finding in found.items() if finding.category is Category.ACCEPTED}
        assert not accepted, path
        broken = {title: each for title, each in found.items() if each.category is Category.CRASH}
        assert not broken, path
        assert found["plain ()"].category is Category.UNPROVED
        assert found["empty candidate"].category is Category.MISMATCH
        assert found["restated with a weaker type"].category is Category.MISMATCH
        assert checker.starts == 1


@pytest.mark.fstar_recordings
def test_checked_files_are_used_where_f_star_has_the_query(fstar_recordings: Path) -> None:
    entries = read(fstar_recordings / "transcripts-port/01-harness-flow.jsonl")
    replay = Replay(copy.deepcopy(entries))
    first = next(
        e["msg"]["args"]["code"] for e in entries if e["dir"] == "in" and e["msg"]["query"] == "push"
    )
    scaffold, _, rest = first.partition("\n\n")
    statement, _, definition = rest.partition("\nlet ")
    task = ProofTask(
        file_name="FStar.Seq.Properties.fst",
        name="FStar.Seq.Properties.lemma_tail_append",
        context="module FStar.Seq.Properties\n",
        scaffold=scaffold + "\n",
        statement=statement,
    )
    checker = FStarChecker(ReplayLaunch(replay, checked=True))
    head = "let lemma_tail_append #a s1 s2 = "
    expected = {
        f"let {definition}".rstrip("\n"): Category.ACCEPTED,
        head + "admit ()": Category.CHEAT,
        head + "assume (tail (append s1 s2) == append (tail s1) s2)": Category.CHEAT,
        head + "()": Category.UNPROVED,
        head + "no_such_lemma s1": Category.TYPE,
        head + "(": Category.SYNTAX,
    }
    for candidate, category in expected.items():
        assert checker.check(task, candidate, 1.0).category is category, candidate


def scripted(*entries: dict[str, Any]) -> FStarChecker:
    context = pushed("full", 1, FALSE.context)
    return FStarChecker(ReplayLaunch(Replay([GREETING, context, answered("success", []), *entries])))


HONEST = "let c1 (x:int) : Lemma (x * x > 0) = ()"
LOOKED_UP_INFO = ["type", "definition", "defined-at"]
LOOKED_UP = sent("lookup", symbol="c1", context="code", **{"requested-info": LOOKED_UP_INFO})
FOUND = {
    "name": "T04.c1",
    "type": "x: int -> Lemma (x * x > 0)",
    "definition": "visible let  c1  : x: int -> Lemma (x * x > 0) = fun _ -> ()",
    "defined-at": {"fname": "<input>", "beg": [4, 4], "end": [4, 6]},
}
PUSHED = pushed("full", 4, HONEST + "\n")
POPPED = (sent("pop"), answered("success", None))


@pytest.mark.parametrize(
    ("issues", "found", "category"),
    [
        ([], FOUND, Category.ACCEPTED),
        ([], [FOUND], Category.ACCEPTED),  # newer F* answers with a list
        ([{"level": "warning", "number": 282, "message": "Expected Z3"}], FOUND, Category.ACCEPTED),
        ([{"level": "warning", "number": 335, "message": "Every use"}], FOUND, Category.CHEAT),
        ([{"level": "warning", "message": "Tactics admitted goal"}], FOUND, Category.CHEAT),
        ([{"level": "info", "number": 240, "message": "M.x"}], FOUND, Category.CHEAT),
        ([], FOUND | {"name": "T04.c2"}, Category.MISMATCH),
        ([], FOUND | {"definition": "assume val T04.c1 : int"}, Category.CHEAT),
        ([], FOUND | {"definition": '[@ "]\nvisible let x "]\nassume val T04.c1 : int'}, Category.CHEAT),
        ([], FOUND | {"definition": "private let c1 : int = 1"}, Category.CHEAT),
        ([], FOUND | {"definition": "visible let c1 : int = Prims.admit ()"}, Category.CHEAT),
        ([], FOUND | {"defined-at": {"fname": "<input>", "beg": [3, 4], "end": [3, 6]}}, Category.MISMATCH),
        ([], FOUND | {"defined-at": {"fname": "T04.fst", "beg": [9, 4], "end": [9, 6]}}, Category.MISMATCH),
        ([], "No such symbol", Category.MISMATCH),
    ],
)
def test_what_f_star_accepts_is_looked_at(issues: list[Any], found: Any, category: Category) -> None:
    checker = scripted(PUSHED, answered("success", issues), LOOKED_UP, answered("success", found), *POPPED)
    assert checker.check(FALSE, HONEST, 1.0).category is category


def test_an_f_star_without_lookup_is_not_the_models_failure() -> None:
    refused = answered("protocol-violation", "Unknown query 'lookup'")
    checker = scripted(PUSHED, answered("success", []), LOOKED_UP, refused, *POPPED)
    finding = checker.check(FALSE, HONEST, 1.0)
    assert finding.category is Category.UNABLE
    assert "'lookup'" in finding.detail


@pytest.mark.parametrize(
    ("errors", "category"),
    [
        ([{"level": "error", "message": "could not prove post-condition"}], Category.UNPROVED),
        ([{"level": "error", "number": 19, "message": "anything"}], Category.UNPROVED),
        ([{"level": "error", "number": 168, "message": "Syntax error"}], Category.SYNTAX),
        ([{"level": "error", "message": "Syntax error: Stdlib.Parsing.Parse_error"}], Category.SYNTAX),
        (
            [{"level": "error", "number": 72, "message": "Identifier not found: [could not prove]"}],
            Category.TYPE,
        ),
        (
            [
                {"level": "error", "number": 19, "message": "a"},
                {"level": "error", "number": 12, "message": "b"},
            ],
            Category.TYPE,
        ),
    ],
)
def test_f_stars_own_messages_decide_on_the_sort_of_failure(errors: list[Any], category: Category) -> None:
    checker = scripted(PUSHED, answered("failure", errors))
    assert checker.check(FALSE, HONEST, 1.0).category is category


def test_a_context_that_does_not_check_is_no_verdict_on_the_candidate() -> None:
    error = [{"level": "error", "number": 128, "message": "Module X cannot be found"}]
    replay = Replay([GREETING, pushed("full", 1, FALSE.context), answered("failure", error)])
    checker = FStarChecker(ReplayLaunch(replay))
    finding = checker.check(FALSE, HONEST, 1.0)
    assert finding.category is Category.CONTEXT
    assert "Module X" in finding.detail
    assert "CODEEVAL_FSTAR_INCLUDE" in finding.detail
    assert checker.check(FALSE, HONEST, 1.0) == finding, "and is not tried again"


class Relaunch:
    """Starts one recording after the other."""

    writes_files = True

    def __init__(self, *sessions: list[dict[str, Any]]) -> None:
        self.replays = [Replay(session) for session in sessions]
        self._left = list(self.replays)

    def start(self, file_name: str, contents: str) -> Replay:  # noqa: ARG002 -- the next recorded
        return self._left.pop(0)

    def has_checked(self, file_name: str) -> bool:  # noqa: ARG002 -- as above
        return False


READY = [GREETING, pushed("full", 1, FALSE.context), answered("success", [])]
DIED = [*READY, PUSHED, {"dir": "eof"}]
WELL = [*READY, PUSHED, answered("success", []), LOOKED_UP, answered("success", FOUND), *POPPED]


def test_a_crashed_process_is_replaced_and_the_candidate_tried_once_more() -> None:
    launch = Relaunch(copy.deepcopy(DIED), copy.deepcopy(WELL))
    checker = FStarChecker(launch)
    assert checker.check(FALSE, HONEST, 1.0).category is Category.ACCEPTED
    assert checker.starts == 2
    assert launch.replays[0].closed


PROVED = [*READY, pushed("full", 4, ALIVE), answered("success", [])]
UNWELL = [*READY, pushed("full", 4, ALIVE), answered("failure", [{"level": "error", "message": "no Z3"}])]


def test_a_crash_that_repeats_is_the_candidates_where_f_star_works_without_it() -> None:
    crashes = Relaunch(*(copy.deepcopy(each) for each in (DIED, DIED, PROVED, WELL)))
    checker = FStarChecker(crashes)
    finding = checker.check(FALSE, HONEST, 1.0)
    assert finding.category is Category.UNPROVED
    assert "ended" in finding.detail
    assert checker.check(FALSE, HONEST, 1.0).category is Category.ACCEPTED, "the next has a fresh process"


def test_crashes_of_an_f_star_that_proves_nothing_are_no_verdict() -> None:
    checker = FStarChecker(Relaunch(*(copy.deepcopy(each) for each in (DIED, DIED, UNWELL, WELL))))
    assert checker.check(FALSE, HONEST, 1.0).category is Category.CRASH
    assert checker.check(FALSE, HONEST, 1.0).category is Category.ACCEPTED, "the next has a fresh process"


FAILED = [PUSHED, answered("failure", [{"level": "error", "number": 19, "message": "could not prove"}])]
LIMITED = "SMT solver says: unknown because (resource limits reached)"
GAVE_UP = [PUSHED, answered("failure", [{"level": "error", "number": 19, "message": LIMITED}])]


def test_an_acceptance_counts_only_in_a_process_that_has_seen_nothing_else() -> None:
    """A candidate may have poisoned the process for those that come after it."""
    poisoned = [*READY, *FAILED, *WELL[len(READY) :]]
    launch = Relaunch(copy.deepcopy(poisoned), copy.deepcopy([*READY, *FAILED]))
    checker = FStarChecker(launch)
    for _candidate in range(2):
        assert checker.check(FALSE, HONEST, 1.0).category is Category.UNPROVED
    assert launch.replays[0].closed
    assert checker.starts == 2


def test_an_acceptance_that_cannot_be_undone_is_repeated_as_well() -> None:
    accepted = [*READY, *FAILED, *WELL[len(READY) : -2], sent("pop"), answered("failure", "Too many pops")]
    launch = Relaunch(copy.deepcopy(accepted), copy.deepcopy([*READY, *FAILED]))
    checker = FStarChecker(launch)
    for _candidate in range(2):
        assert checker.check(FALSE, HONEST, 1.0).category is Category.UNPROVED
    assert launch.replays[0].closed


@pytest.mark.parametrize("then", [Category.ACCEPTED, Category.UNPROVED])
def test_a_solver_that_gave_up_is_asked_again_alone(then: Category) -> None:
    alone = WELL if then is Category.ACCEPTED else [*READY, *GAVE_UP]
    checker = FStarChecker(Relaunch(copy.deepcopy([*READY, *FAILED, *GAVE_UP]), copy.deepcopy(alone)))
    assert checker.check(FALSE, HONEST, 1.0).category is Category.UNPROVED
    assert checker.check(FALSE, HONEST, 1.0).category is then
    assert checker.starts == 2


def test_a_process_that_was_cut_off_is_thrown_away() -> None:
    launch = Relaunch([*copy.deepcopy(READY), PUSHED], copy.deepcopy(WELL))
    checker = FStarChecker(launch)
    assert checker.check(FALSE, HONEST, 0.01).category is Category.TIMEOUT
    assert launch.replays[0].closed
    assert checker.check(FALSE, HONEST, 1.0).category is Category.ACCEPTED


def test_a_candidates_modules_are_loaded_for_it_alone() -> None:
    using = "let c1 (x:int) : Lemma (x * x > 0) = FStar.Seq.lemma x"
    wanted = FALSE.context + "\nlet dependencies__ = (FStar.Seq.dependency)\n"
    failed = answered("failure", [{"level": "error", "number": 72, "message": "no"}])
    again = (*POPPED, sent("vfs-add", filename=None, contents=wanted), answered("success", None))
    back = (*POPPED, sent("vfs-add", filename=None, contents=FALSE.context), answered("success", None))
    primed = (pushed("full", 1, FALSE.context), answered("success", []))
    checker = scripted(
        *(
            PUSHED,
            failed,
            *again,
            *primed,
            pushed("full", 4, using + "\n"),
            failed,
            *back,
            *primed,
            PUSHED,
            failed,
        )
    )
    for candidate in (HONEST, using, HONEST):
        assert checker.check(FALSE, candidate, 1.0).category is Category.TYPE
    assert checker.starts == 1


def looked_up(name: str, found: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A query for a name's meaning, and its response: a qualified name, or none."""
    asked = sent("lookup", symbol=name, context="code", **{"requested-info": LOOKED_UP_INFO})
    return asked, answered(*(("success", {"name": found}) if found else ("failure", "No such symbol")))


@pytest.mark.parametrize(
    ("meant", "category"),
    [
        ("FStar.Tactics.Builtins.new_trick", Category.CHEAT),
        ("FStar.Stubs.Tactics.V2.Builtins.new_trick", Category.CHEAT),
        ("My.Project.new_trick", Category.ACCEPTED),
        ("", Category.ACCEPTED),
    ],
)
def test_a_name_that_is_not_listed_is_looked_up(meant: str, category: Category) -> None:
    using = HONEST.replace("= ()", "= new_trick x")
    checker = scripted(
        *(pushed("full", 4, using + "\n"), answered("success", []), LOOKED_UP, answered("success", FOUND)),
        *(*looked_up("new_trick", meant), *POPPED),
    )
    finding = checker.check(FALSE, using, 1.0)
    assert finding.category is category
    assert (meant in finding.detail) or category is Category.ACCEPTED


def test_a_candidate_with_more_names_than_are_looked_up_is_refused() -> None:
    many = HONEST.replace("= ()", f"= {' '.join(f'f{each}' for each in range(1001))}")
    accepted = (
        pushed("full", 4, many + "\n"),
        answered("success", []),
        LOOKED_UP,
        answered("success", FOUND),
    )
    assert scripted(*accepted, *POPPED).check(FALSE, many, 1.0).category is Category.CHEAT


@pytest.mark.parametrize("meant", ["Prims.int", "FStar.Seq.Base.int"])
def test_an_open_before_the_statement_may_not_change_its_words(meant: str) -> None:
    opening = f"open FStar.Mul\n{HONEST}"
    words = ("Lemma", "int", "op_Greater", "op_Star")
    before = [each for word in words for each in looked_up(word, f"Prims.{word}")]
    after = [each for word in words for each in looked_up(word, meant if word == "int" else f"Prims.{word}")]
    checker = scripted(
        *(*before, pushed("full", 4, opening + "\n"), answered("success", [])),
        *(LOOKED_UP, answered("success", FOUND), *after, *POPPED),
    )
    finding = checker.check(FALSE, opening, 1.0)
    assert finding.category is (Category.ACCEPTED if meant == "Prims.int" else Category.MISMATCH)


def test_what_a_context_leaves_in_force_is_reset_before_the_candidate() -> None:
    lax = msgspec.structs.replace(FALSE, context=FALSE.context + '#set-options "--lax --max_fuel 1"\n')
    reset = f'#reset-options "--max_fuel 1"\n{HONEST}\n'
    context = [GREETING, pushed("full", 1, lax.context), answered("success", [])]
    replay = Replay([*context, pushed("full", 5, reset), *FAILED[1:]])
    assert FStarChecker(ReplayLaunch(replay)).check(lax, HONEST, 1.0).category is Category.UNPROVED


def test_a_module_that_does_not_load_is_the_candidates_fault_alone() -> None:
    missing = HONEST.replace("= ()", "= FStar.Classical.Sugar.x")
    error = [{"level": "error", "number": 128, "message": "Module FStar.Classical.Sugar cannot be found"}]
    spoiled = [GREETING, pushed("full", 1, FALSE.context), answered("failure", error)]
    refused = [*READY, pushed("full", 4, missing + "\n"), answered("failure", error)]
    checker = FStarChecker(Relaunch(spoiled, refused, copy.deepcopy(WELL)))
    finding = checker.check(FALSE, missing, 1.0)
    assert finding.category is Category.TYPE
    assert "FStar.Classical.Sugar" in finding.detail
    checker.close()
    assert checker.check(FALSE, HONEST, 1.0).category is Category.ACCEPTED


@pytest.mark.parametrize(
    ("candidate", "category"),
    [
        ("let ``w)(assert false)`` = 1\n" + HONEST, Category.CHEAT),
        ('#push-options "--lax"\n' + HONEST, Category.CHEAT),
        (HONEST + '\n#set-options "--z3cliopt x"', Category.CHEAT),
        ("(** never ends\n" + HONEST, Category.SYNTAX),
        ('let c1 = "never ends', Category.SYNTAX),
        ("let c1 = \ud800", Category.SYNTAX),
        ("let c1 = (" + "1 + " * 300_000 + "1)", Category.SYNTAX),
    ],
)
def test_what_would_harm_f_star_is_not_sent(candidate: str, category: Category) -> None:
    assert FStarChecker(Relaunch()).check(FALSE, candidate, 1.0).category is category


def test_noise_on_standard_output_is_no_answer() -> None:
    noise = {"dir": "out", "text": "TAC>> a tactic prints"}
    wrong = {"dir": "out", "msg": {"kind": "message", "level": "error", "query-id": "1", "contents": "boo"}}
    checker = scripted(
        PUSHED, noise, wrong, answered("success", []), LOOKED_UP, answered("success", FOUND), *POPPED
    )
    assert checker.check(FALSE, HONEST, 1.0).category is Category.ACCEPTED


def test_without_a_greeting_the_error_quotes_f_star() -> None:
    with pytest.raises(SandboxError, match="could not run"):
        FStarSession(Replay([{"dir": "err", "text": "could not run"}, {"dir": "exit", "rc": 1}]))
