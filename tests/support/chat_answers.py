"""Answers of chat models in the shapes that they have, made of a right solution in any of 25 languages.

Each shape is a text around the solution that a reader of the answer would leave out, or put where it belongs;
the program that is made of it must pass as the solution does.
"""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from codeeval.benchmarks.common import signatures
from codeeval.languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codeeval.types import Problem


class Extras(msgspec.Struct, frozen=True):
    """What models write around a function in one language: chat_answers.toml says what is what."""

    tests: str
    main: str
    example: str = ""
    later: str = ""
    within: bool = False


@functools.cache
def extras_of(language: str) -> Extras:
    text = Path(__file__).with_suffix(".toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text)[language], Extras)


_ENDS = {
    **dict.fromkeys(("bash", "c", "cpp", "rust", "swift"), "\n}\n"),
    **dict.fromkeys(("csharp", "java", "scala"), "\n    }\n}\n"),
}


def whole(problem: Problem) -> str:
    """Return a problem's prompt and reference as a program that lacks nothing but tests."""
    end = _ENDS.get(problem.language, "")
    if problem.language == "ada":
        end = "\n" + problem.tests[0].partition("\npragma")[0]
    return (problem.prompt + problem.reference).rstrip("\n") + "\n" + end.lstrip("\n")


def function(problem: Problem) -> str:
    """Return the function alone, without what the prompt has above it."""
    _, start = signatures.heading(problem.prompt)
    code = whole(problem)[start:].rstrip()
    end = {"ada": "end Placeholder;", "elixir": "end", "csharp": "}", "java": "}", "scala": "}"}
    return code.removesuffix(end.get(problem.language, "")).rstrip() + "\n"


def _with(code: str, extra: str, problem: Problem, *, within: bool) -> str:
    extra = extra.replace("FN", problem.entry_point)
    if not within:
        return code + extra
    head, brace, tail = code.rpartition("}")
    return head.rstrip("\n") + "\n" + extra + brace + tail


def _fence(code: str, info: str) -> str:
    return f"```{info}\n{code.rstrip()}\n```\n"


_DOCUMENTED = {
    **dict.fromkeys(
        (
            "c",
            "cpp",
            "csharp",
            "d",
            "go",
            "java",
            "javascript",
            "php",
            "rust",
            "scala",
            "swift",
            "typescript",
        ),
        "/*\n%s*/\n",
    ),
    "haskell": "{-\n%s-}\n",
    "julia": '"""\n%s"""\n',
    "lua": "--[[\n%s]]\n",
    "ocaml": "(*\n%s*)\n",
    "perl": "\n=pod\n\n%s\n=cut\n\n",
    "racket": "#|\n%s|#\n",
    "ruby": "=begin\n%s=end\n",
}
"""Comments of several lines: a fence may stand in them."""
_BRACES = {
    "bash",
    "c",
    "cpp",
    "csharp",
    "d",
    "java",
    "javascript",
    "perl",
    "php",
    "rust",
    "scala",
    "typescript",
}
_HEADING = re.compile(r"^([ \t]*)((?=\S)(?!//|\*|#)[^\n=]*\)?[\w\]>)])[ ]*\{$", re.MULTILINE)
UNLIKE_PLAIN = frozenset({"everything", "later code", "brace below"})
"""Shapes whose programs have other code than the solution's."""


def shapes(problem: Problem) -> Iterator[tuple[str, str]]:
    """Yield names and answers of a problem that has a reference."""
    language = LANGUAGES[problem.language]
    extras, info = extras_of(problem.language), language.fences[0]
    code, alone = whole(problem), function(problem)
    tests, example = (each.replace("FN", problem.entry_point) for each in (extras.tests, extras.example))
    with_main = _with(code, extras.main, problem, within=extras.within)
    extended = _with(with_main, extras.later, problem, within=extras.within)
    yield "plain", f"Here it is:\n\n{_fence(code, info)}\nIt works: `{problem.entry_point}` is done.\n"
    yield "untagged", f"Sure.\n\n{_fence(code, '')}"
    yield "own tests", f"Here it is, with tests:\n\n{_fence(code + tests, info)}"
    yield "own main", f"Here it is:\n\n{_fence(with_main, info)}\nRun it.\n"
    yield "everything", _fence(extended + tests + example, info)
    yield "tests in a block", f"{_fence(code, info)}\nTests:\n\n{_fence(tests, info)}"
    yield "later code", _fence(_with(code, extras.later, problem, within=extras.within), info)
    if example:
        yield "examples", _fence(code + example, info)
        output = _fence("42", "")
        yield (
            "usage in a block",
            f"{_fence(code, info)}\nUsage:\n\n{_fence(example, info)}\nOutput:\n\n{output}",
        )
    yield "function alone", f"The function:\n\n{_fence(alone, info)}"
    above = code[: code.index(alone.splitlines()[0])]
    if "import" in above or "include" in above or "using" in above:
        imports = "".join(
            f"{line}\n" for line in above.splitlines() if re.match("#include|import|using", line)
        )
        yield "imports apart", f"First:\n\n{_fence(imports, info)}\nThen:\n\n{_fence(alone, info)}"
    if language.cheats:
        wrong = (
            problem.prompt + language.cheats.stub + (language.cheats.end or _ENDS.get(problem.language, ""))
        )
        yield "corrected", f"{_fence(wrong, info)}\nNo, that is a stub. Better:\n\n{_fence(code, info)}"
    if problem.language in _DOCUMENTED:
        comment = _DOCUMENTED[problem.language] % _fence("an example", info)
        documented = alone if problem.language == "julia" else code
        place = documented.index(alone.splitlines()[0])
        yield "fence in a comment", _fence(documented[:place] + comment + documented[place:], info)
    yield "bare", f"Sure, here is the function:\n\n{code}\nThis works in linear time, as you can see.\n"
    yield "thinking", f"<think>\n{_fence('x', info)}\n</think>\n{_fence(code, info)}"
    yield "long fence", f"````{info}\n{code}````\n"
    yield "open fence", f"```{info}\n{code}"
    yield "listed", "1. Here:\n\n" + re.sub(r"^(?=.)", "   ", _fence(code, info), flags=re.MULTILINE)
    if problem.language in _BRACES:
        yield "brace below", _fence(_HEADING.sub(r"\1\2\n\1{", code), info)
    if extras.within or problem.language in {"c", "cpp", "d", "go", "rust"}:
        cut = with_main[: with_main.rindex("return 0" if "return 0" in extras.main else problem.entry_point)]
        yield "cut off in main", f"```{info}\n{cut}"
