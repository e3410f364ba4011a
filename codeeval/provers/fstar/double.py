"""A double of ``fstar.exe --ide``: repeats the responses of a real F*, and proves nothing.

``python -m codeeval.provers.fstar.double FOLDER --ide FILE`` follows the protocol of the recorded F* and
answers from ``problems.jsonl`` (definitions that a real F* verified) and ``negatives.jsonl`` (candidates with
the response, messages and lookup of a real F*); comments and white space apart, which clients need not send.
On what was not recorded it has no verdict: such a push is a protocol violation, which no client may take for
a failed proof. Also ``--version`` and ``--help``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from codeeval.lexing.fstar import plain

FEATURES: Final = ["exit", "lookup", "lookup/definition", "peek", "pop", "push", "vfs-add", "interrupt"]
Z3_WARNING: Final = "Expected another Z3 (sent by the double, as the recorded F* does)"
NOT_RECORDED: Final = "the double has no recording of this candidate"

# Any: rows and answers are whatever JSON holds; they are passed on as they are
Row = dict[str, Any]


class Double:
    """What one process knows and has on its stack.

    Args:
        folder: with ``problems.jsonl`` and, where there are any, ``negatives.jsonl``.
        file: the source file that it was started for.
    """

    def __init__(self, folder: Path, file: str) -> None:
        self._problems = [row for row in _rows(folder / "problems.jsonl") if row["file_name"] == file]
        self._negatives = [row for row in _rows(folder / "negatives.jsonl") if row["file_name"] == file]
        self._stack: list[tuple[str, Row | None]] = []
        self.dead = ""

    def answer(self, query: Row) -> tuple[str, object]:
        """Return the status of a query and the response to it."""
        arguments = query.get("args", {})
        match query["query"]:
            case "push":
                return self._push(arguments["kind"], arguments["code"])
            case "pop":
                if not self._stack:
                    return "failure", "Too many pops"
                self._stack.pop()
                return "success", None
            case "lookup":
                return self._lookup(arguments["symbol"])
            case "vfs-add" | "exit":
                return "success", None
            case other:
                return "protocol-violation", f"Unknown query '{other}'"

    def _push(self, kind: str, code: str) -> tuple[str, object]:
        if not self._stack:
            return self._push_context(kind, code)
        context = self._stack[0][0]
        for problem in self._problems if len(self._stack) == 1 else ():
            if _follows(problem, context) and plain(code) == plain(_definition(problem)):
                self._stack.append((code, {"lookup": _symbol(problem)}))
                return "success", problem.get("messages", [])
        known = {row["name"] for row in self._problems if _follows(row, context)}
        for row in self._negatives:
            if plain(row["code_pushed"]) == plain(code) and row["name"] in known:
                return self._recorded(code, row)
        return "protocol-violation", NOT_RECORDED

    def _recorded(self, code: str, row: Row) -> tuple[str, object]:
        if row["status"] == "process-died":
            self.dead = "".join(message["contents"] for message in row["messages"])
        elif row["status"] == "success":
            self._stack.append((code, row))
        return row["status"], row["response"]

    def _push_context(self, kind: str, code: str) -> tuple[str, object]:
        if any(_follows(row, code) for row in self._problems):
            self._stack.append((code, None))
            return "success", [_issue("warning", Z3_WARNING)]
        return "protocol-violation", f"the double has no recording of this context ({kind})"

    def _lookup(self, name: str) -> tuple[str, object]:
        found = self._stack[-1][1] if len(self._stack) > 1 else None
        symbol = (found or {}).get("lookup")
        if not symbol or "failure" in symbol or symbol["name"].rpartition(".")[2] != name:
            return "failure", "No such symbol, module, or namespace."
        return "success", symbol


def _follows(problem: Row, pushed: str) -> bool:
    """Whether a problem's context was pushed, with or without a line of options behind it."""
    context = problem["file_context"].removesuffix("\n") + "\n"
    return pushed.startswith(context) and pushed[len(context) :].partition(" ")[0] in ("", "#push-options")


def _definition(problem: Row) -> str:
    stated = "" if problem["source_type"] == "<UNK>" else f"{problem['source_type']}\n"
    return f"{stated}{problem['source_definition']}\n"


def _symbol(problem: Row) -> Row:
    """Make the response to ``lookup`` of a verified definition: these were not recorded."""
    short = problem["name"].rpartition(".")[2]
    return {
        "kind": "symbol",
        "name": problem["name"],
        "defined-at": {"fname": "<input>", "beg": [1 << 20, 4], "end": [1 << 20, 4]},
        "type": "",
        "documentation": None,
        "definition": f"visible let  {short}  : (not recorded)",
    }


def _issue(level: str, message: str) -> Row:
    place = {"fname": "<dummy>", "beg": [0, 0], "end": [0, 0]}
    return {"level": level, "message": message, "ranges": [place]}


def _rows(path: Path) -> list[Row]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _send(value: Row) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Follow the protocol on the standard streams until ``exit`` or the end of input."""
    folder = Path(arguments[0])
    if "--version" in arguments:
        sys.stdout.write(f"F* double: repeats recorded sessions of {folder}\n")
        return 0
    if "--ide" not in arguments:
        sys.stdout.write("A double of fstar.exe --ide FILE\n")
        return 0
    file = arguments[arguments.index("--ide") + 1]
    double = Double(folder, file)
    _send({"kind": "protocol-info", "version": 2, "features": FEATURES})
    for line in sys.stdin:
        query = json.loads(line)
        status, response = double.answer(query)
        if double.dead:
            identity = {"kind": "message", "query-id": query["query-id"], "level": "error"}
            _send(identity | {"contents": double.dead})
            return 1
        _send({"kind": "response", "query-id": query["query-id"], "status": status, "response": response})
        if query["query"] == "exit":
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
