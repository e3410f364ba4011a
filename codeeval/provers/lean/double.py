"""A double of ``lean --json`` and of the REPL: repeats written-down sessions, and proves nothing.

``python -m codeeval.provers.lean.double FOLDER --json FILE`` answers from ``sessions.jsonl``: objects
with ``text`` (a whole file, with ``TOKEN`` for the checker's unguessable token) and ``messages`` (what
Lean prints of it; the name of the file omitted). With ``--repl`` it
answers commands, the first of them a header. On a text
that is not there it has no verdict: it ends with status 70. Also ``--version``.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

NOT_RECORDED: Final = "the double has no session of this text"
STATUS: Final = 70
_TOKEN: Final = re.compile(r"(?<=_codeeval_stated_)[0-9a-f]{32}|(?<=_codeeval_checked_)[0-9a-f]{32}")

# Any: sessions and commands are whatever JSON holds; they are passed on as they are
Row = dict[str, Any]


def messages_on(folder: Path, text: str) -> list[Row] | None:
    """Return the messages of the session with this text, or None."""
    found = _TOKEN.search(text)
    general = _TOKEN.sub("TOKEN", text)
    for line in (folder / "sessions.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["text"] == general:
            messages = json.dumps(row["messages"]).replace("TOKEN", found[0] if found else "TOKEN")
            return list(json.loads(messages))
    return None


def _repl(folder: Path) -> int:
    headers: list[str] = []
    command = ""
    for line in sys.stdin:
        if line.strip():
            command += line
            continue
        asked = json.loads(command)
        command = ""
        if "env" not in asked:
            headers.append(asked["cmd"].rstrip() + "\n")
            response: Row = {"env": len(headers) - 1}
        else:
            header = headers[asked["env"]]
            messages = messages_on(folder, header + asked["cmd"])
            if messages is None:
                sys.stderr.write(NOT_RECORDED)
                return STATUS
            lines = header.count("\n")
            for message in messages:
                message["pos"]["line"] -= lines
                message["severity"] = message["severity"].replace("information", "info")
            response = {"messages": messages, "env": len(headers)}
        sys.stdout.write(json.dumps(response, indent=1) + "\n\n")
        sys.stdout.flush()
    return 0


def main(arguments: list[str]) -> int:
    """Answer one file, or commands until the end of input."""
    folder = Path(arguments[0])
    if "--version" in arguments:
        sys.stdout.write(f"Lean double: repeats the sessions of {folder}\n")
        return 0
    if "--repl" in arguments:
        return _repl(folder)
    messages = messages_on(folder, Path(arguments[-1]).read_text("utf-8"))
    if messages is None:
        sys.stderr.write(NOT_RECORDED)
        return STATUS
    for message in messages:
        sys.stdout.write(json.dumps({"fileName": arguments[-1], **message}) + "\n")
    return int(any(message["severity"] == "error" for message in messages))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
