"""The six conformance cases of the research harness (FStarLang/fstar_dataset, test.py).

Against a real F* where ``CODEEVAL_FSTAR`` names one and ``CODEEVAL_FSTAR_INCLUDE`` holds ulib's sources
with their checked files; else against a double whose responses are written by hand in the form that F*
gives otherwise: those show that the checker reads them rightly, not that F* responds so.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from codeeval.config import load_settings
from codeeval.provers.findings import Category
from codeeval.provers.fstar.checker import FStarChecker
from codeeval.provers.fstar.prover import FStar
from codeeval.provers.fstar.task import ProofTask
from codeeval.provers.local import LocalHost

if TYPE_CHECKING:
    from pathlib import Path

WALL_S = 300.0
SMT = (19, "Could not prove post-condition. The SMT solver could not prove the query.")
UNBOUND = (72, "Identifier not found: [eq_lemma]")
ASSUMED = (335, "assume is deprecated: it triggers a warning: Uses an axiom")


class Case(NamedTuple):
    """A candidate, and the response of F*: an error, a warning, or nothing."""

    name: str
    statement: str
    candidate: str
    passes: bool
    error: tuple[int, str] | None = None
    warning: tuple[int, str] | None = None


EQ = (
    "val eq_lemma: #a:eqtype -> #f:cmp a -> s1:ordset a f -> s2:ordset a f\n"
    "  -> Lemma (requires (equal s1 s2)) (ensures (s1 = s2))"
)
INIT = "val init_aux (#a:Type) (len:nat) (k:nat{k < len}) (contents: (i:nat{i < len} -> Tot a)) : Tot (seq a)"
INIT_CODE = (
    "private let rec init_aux' (#a:Type) (len:nat) (k:nat{k < len}) (contents: (i:nat{i < len} -> Tot a))\n"
    "  : Tot (seq a) (decreases (len - k)) =\n"
    "  if k + 1 = len then MkSeq [contents k] else _cons (contents k) (init_aux' len (k+1) contents)\n"
    "let init_aux = init_aux'"
)
ASSOC = (
    "val append_assoc (#a:Type) (s1 s2 s3:seq a)\n"
    "  : Lemma (ensures (append (append s1 s2) s3 == append s1 (append s2 s3)))"
)
EMPTY = "val length_of_empty_is_zero_lemma: (#ty: Type) -> unit -> Lemma (length (empty #ty) = 0)"
CASES = {
    "eq_lemma with ()": Case("FStar.OrdSet.eq_lemma", EQ, "let eq_lemma #a #f s1 s2 = ()", False, SMT),
    "eq_lemma by itself": Case(
        "FStar.OrdSet.eq_lemma", EQ, "let eq_lemma #a #f s1 s2 = eq_lemma s1 s2", False, UNBOUND
    ),
    "init_aux with a private helper": Case("FStar.Seq.Base.init_aux", INIT, INIT_CODE, True),
    "append_assoc with ()": Case(
        "FStar.Seq.Base.append_assoc", ASSOC, "let append_assoc #a s1 s2 s3 = ()", False, SMT
    ),
    "append_assoc with assume false": Case(
        "FStar.Seq.Base.append_assoc",
        ASSOC,
        "let append_assoc #a s1 s2 s3 = assume false; ()",
        False,
        warning=ASSUMED,
    ),
    "length_of_empty_is_zero_lemma with ()": Case(
        "FStar.Sequence.Base.length_of_empty_is_zero_lemma",
        EMPTY,
        "let length_of_empty_is_zero_lemma #ty () = ()",
        True,
    ),
}
BY_HAND = {"eq_lemma with ()": Category.UNPROVED, "eq_lemma by itself": Category.TYPE} | {
    "append_assoc with ()": Category.UNPROVED,
    "append_assoc with assume false": Category.CHEAT,
}


def double(folder: Path, case: Case) -> str:
    """Write the double's response to one candidate, by hand."""
    file, context = f"{case.name.rpartition('.')[0]}.fst", f"module {case.name.rpartition('.')[0]}\n"
    problem = {"file_name": file, "name": case.name, "file_context": context}
    problem |= {"source_type": case.statement, "source_definition": "(* not used *)"}
    reported = case.error or case.warning
    place = {"fname": "<input>", "beg": [3, 0], "end": [3, 9]}
    level = "error" if case.error else "warning"
    issue = (
        {"level": level, "message": reported[1], "number": reported[0], "ranges": [place]}
        if reported
        else None
    )
    found: dict[str, Any] = {"failure": True}  # Any: JSON
    if not case.error:
        short = case.name.rpartition(".")[2]
        found = {
            "name": case.name,
            "type": "",
            "definition": f"visible let  {short}  : unit",
            "kind": "symbol",
        }
        found |= {"defined-at": place | {"beg": [1 << 20, 4], "end": [1 << 20, 4]}, "documentation": None}
    answer = {
        "file_name": file,
        "name": case.name,
        "code_pushed": f"{case.statement}\n{case.candidate}\n",
        "status": "failure" if case.error else "success",
        "response": [issue] if issue else [],
        "messages": [],
        "lookup": found,
    }
    (folder / "problems.jsonl").write_text(json.dumps(problem) + "\n")
    (folder / "negatives.jsonl").write_text(json.dumps(answer) + "\n")
    return f"double:{folder}"


@pytest.mark.parametrize("which", CASES)
def test_conformance(which: str, tmp_path: Path) -> None:
    case = CASES[which]
    settings = load_settings()
    module = case.name.rpartition(".")[0]
    include = tuple(settings.fstar_include.split(":")) if settings.fstar_include else ()
    real = settings.fstar and not settings.fstar.startswith("double:")
    if real and not FStar(LocalHost(include), str(settings.fstar)).has_checked(f"{module}.fst"):
        pytest.skip(f"CODEEVAL_FSTAR_INCLUDE has no {module}.fst with its checked file")
    place = str(settings.fstar) if real else double(tmp_path, case)
    checker = FStarChecker(FStar(LocalHost(include), place))
    task = ProofTask(
        file_name=f"{module}.fst",
        name=case.name,
        context=f"module {module}\n",
        scaffold=f"open {module}\n",
        statement=case.statement,
    )
    found = checker.check(task, case.candidate, WALL_S)
    checker.close()
    assert (found.category is Category.ACCEPTED) is case.passes, found
    if not real:
        assert found.category is BY_HAND.get(which, Category.ACCEPTED), found
