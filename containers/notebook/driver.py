"""Runs in a sandbox: executes cells one after another in one namespace, as Jupyter does.

Standard library only. Cells are in ``cells.json``; after each, the results so far are in ``results.json``.
"""

import ast
import contextlib
import io
import json
import signal
import traceback

MOST_CHARS = 1 << 20
"""Of each stream and value that is kept."""
CELLS, TIMEOUT, RESULTS = "cells.json", "cell_timeout", "results.json"


class CellTimeout(BaseException):
    """A cell ran for longer than it may; no ``except Exception`` of the cell catches it."""


def show(value):
    """Return a value as a front end would be sent it."""
    shown = {"text/plain": repr(value)[:MOST_CHARS]}
    for name, kind in (("_repr_html_", "text/html"), ("_repr_markdown_", "text/markdown")):
        method = getattr(value, name, None)
        if callable(method):
            with contextlib.suppress(Exception):
                shown[kind] = str(method())[:MOST_CHARS]
    return shown


def run(cell, number, namespace, timeout_s):
    """Execute one cell; returns what it printed, showed and raised."""
    out, err = io.StringIO(), io.StringIO()
    result = {"stdout": "", "stderr": "", "display": [], "error": []}
    namespace["display"] = lambda *values: result["display"].extend(map(show, values))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            tree = ast.parse(cell, f"<cell {number}>")
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            if timeout_s:
                signal.setitimer(signal.ITIMER_REAL, timeout_s)
            exec(compile(tree, f"<cell {number}>", "exec"), namespace)
            if last is not None and not cell.rstrip().endswith(";"):
                value = eval(compile(ast.Expression(last.value), f"<cell {number}>", "eval"), namespace)
                if value is not None:
                    namespace["_"] = value
                    result["display"].append(show(value))
    except SystemExit as leave:
        result["error"].append({"ename": "SystemExit", "evalue": str(leave), "traceback": []})
    except (Exception, KeyboardInterrupt, CellTimeout) as error:
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        result["error"].append(
            {"ename": type(error).__name__, "evalue": str(error)[:MOST_CHARS], "traceback": lines[-50:]}
        )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    result["stdout"], result["stderr"] = out.getvalue()[:MOST_CHARS], err.getvalue()[:MOST_CHARS]
    return result


def main():
    """Execute all cells; the first that raises is not the last."""
    with open(CELLS) as file:
        told = json.load(file)

    def expire(*_):
        raise CellTimeout(f"the cell ran for longer than {told[TIMEOUT]:g} s")

    signal.signal(signal.SIGALRM, expire)
    namespace, results = {"__name__": "__main__"}, []
    for number, cell in enumerate(told["cells"], 1):
        results.append(run(cell, number, namespace, told[TIMEOUT]))
        with open(RESULTS, "w") as file:
            json.dump(results, file)


main()
