"""Arranges the code of a chat model's answer as the tests of MultiPL-E and others like them continue it.

The tests continue where a base model stops: within the function's last brace in some languages, within a
class in others. Of the answer's outline, imports, types, helpers and the function stay, in order;
tests, entry points and calls for show go; what the prompt has above its function and the answer lacks is put
in front. Where the tests begin with a closing brace, the function is left open for it if it is last, else an
empty one is opened behind what is.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from codeeval.benchmarks.common import any_language, brackets, outlines, signatures
from codeeval.benchmarks.common.outlines import Item, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codeeval.types import Problem

_FRAMES: Final = {
    "ada": re.compile(r"^package body (?P<name>\w+) is\n", re.MULTILINE),
    "elixir": re.compile(r"^defmodule (?P<name>[\w.]+) do\n", re.MULTILINE),
    **dict.fromkeys(
        ("csharp", "java", "scala"),
        re.compile(
            r"^[ \t]*(?:public |final |static )*(?:class|object) (?P<name>\w+)[^\n{]*(?:\n[ \t]*)?\{\n?",
            re.MULTILINE,
        ),
    ),
}
"""What the function stands in, by the prompt's heading."""
_NAMESPACE: Final = re.compile(r"^namespace [\w.]+\s*\{\n?", re.MULTILINE)
_ENDS: Final = {"elixir": "end\n", "ada": "end;\n", "julia": "end\n"}
_BRACE: Final = "}\n"
"""What ends the frame in every other language."""
_OPENED: Final = {
    "ada": "   procedure {name} is\n   begin\n      null;",
    "bash": "codeeval_end() {\n    :",
    "c": "static inline void codeeval_end(void) {",
    "cpp": "static inline void codeeval_end() {",
    "csharp": "    static void CodeevalEnd() {",
    "java": "    static {",
    "rust": "#[allow(dead_code)]\nfn codeeval_end() {",
    "scala": "    private def codeevalEnd(): Unit = {",
    "swift": "func codeevalEnd() {",
}
"""Something empty that the brace closes with which the tests begin."""
_MAIN: Final = re.compile(
    r"^[ \t]*(?:(?:public|private|static|async|pub|unsafe|export) +)*(?:[\w<>\[\]:*&]+ +)?"
    r"(?:def +|fn +|func +|fun +)?[Mm]ain *(?:\[[^\]\n]*\] *)?\([^\n]*?(?:=\s*)?\n?[ \t]*\{",
    re.MULTILINE,
)
_LONGEST_END: Final = 400
_MOST_MAINS: Final = 20
"""``main`` functions that are looked at: the rest of the code is searched for the end of each."""
_COMMENTS: Final = re.compile(r'/\*.*?\*/|""".*?"""|\(\*.*?\*\)|\{-.*?-\}|#\|.*?\|#', re.DOTALL)
_LINE_COMMENT: Final = re.compile(r"\s*(?://|#(?![!\[]|include|lang)|--|;|%)")
_TAKEN: Final = re.compile(
    r"^(?:declare\s+)?(?:local\s+)?"
    r"(?:function|def|func|sub|fn|const|let|var|class|\(define \(?|\(def\w* )\s*([\w-]+)"
    r"|^([\w.]+)(?: <- |\(\) \{)",
    re.MULTILINE,
)
_WRAPPER: Final = re.compile(r"\s*(?:namespace|module|package)\b(?!\s+body\b)")
_PLACES: Final = {Kind.HEADER: 0, Kind.IMPORT: 1}
"""What stands in front of a program, in this order; types and helpers of the prompt follow."""
_MANY: Final = re.compile(r"\s*(?:extension|impl|template|operator)\b")
"""Of these there may be several of one name."""


class Heading(NamedTuple):
    """What a prompt has above its function."""

    name: str
    above: str
    frame: str
    """The line that opens the class or module which the function stands in; empty without one."""
    frame_name: str
    within: str
    """What stands in the frame above the function."""


def heading(problem: Problem) -> Heading:
    """Read a prompt."""
    name, start = signatures.heading(problem.prompt)
    above = problem.prompt[:start]
    framed = _FRAMES.get(problem.language) if problem.prompt[start : start + 1] in {" ", "\t"} else None
    frames = list(framed.finditer(above)) if framed else []
    if not frames:
        return Heading(name or problem.entry_point, above, "", "", "")
    last = frames[-1]
    return Heading(name, above[: last.start()], last[0], last["name"], above[last.end() :])


def arranged(code: str, problem: Problem) -> str:
    """Put the code of an answer into the form that the problem's tests continue."""
    language = problem.language
    head = heading(problem)
    closes = any_language.closes(problem.tests[0]) or language == "ada"
    found = outlines.outline(outlines.opened(_without_cut_main(code), language), language)
    if found is None:  # too long to read
        return _opened(code + "\n", head.name, language) if closes else f"{head.above}{code}\n"
    items = _unwrapped(found.items, head.name)
    taken = {name for pair in _TAKEN.findall(problem.tests[0]) for name in pair} - {head.name}
    if head.frame:
        outside, members = _unframed(items, head, language)
    else:
        outside, members = (), items
    outside = outlines.without_examples(map(_without_tests, outside), head.name, taken, head.frame_name)
    members = outlines.without_examples(members, head.name, taken)
    if language == "go":
        return _go(members, head)
    front = _missing(head.above, (*outside, *members), language)
    if head.frame:
        before = _outside(front, outside, head, language)
        inner = [*_missing(head.within, members, language), *members]
        body = _body(inner, head.name, language, closes=closes)
        end = _ENDS.get(language, _BRACE)
        left_open = closes or (end == _BRACE and brackets.unopened(problem.tests[0]))
        around = _NAMESPACE.search(head.above) if left_open else None  # the tests close it too
        opened = f"{before}{around[0] if around else ''}{head.frame}"
        return f"{opened}{body}{'' if left_open else end}"
    leading = list(itertools.takewhile(lambda item: item.kind in {Kind.HEADER, Kind.IMPORT}, members))
    ahead = sorted([*front, *leading], key=lambda item: _PLACES.get(item.kind, 2))
    whole = [*ahead, *members[len(leading) :]]
    return _body(whole, head.name, language, closes=closes)


def without_comments(code: str) -> str:
    """Remove comments and docstrings that may hold prose; line comments by the line, others wherever."""
    lines = _COMMENTS.sub("", code).splitlines()
    return "\n".join(line for line in lines if not _LINE_COMMENT.match(line))


def _without_cut_main(code: str) -> str:
    """Remove a ``main`` that the answer's end cuts off: the code before it may be whole."""
    for found in itertools.islice(_MAIN.finditer(code), _MOST_MAINS):
        if brackets.closing(code, found.end() - 1) < 0:
            before = code[: found.start()]
            return before + "}\n" * brackets.unclosed(before)
    return code


def _without_tests(item: Item) -> Item:
    """Take a class of tests, or one around an entry point, for what its members are."""
    tests = any(each.kind is Kind.TEST for each in item.members)
    return msgspec.structs.replace(item, kind=Kind.TEST) if tests else item


def _unwrapped(items: Sequence[Item], name: str) -> tuple[Item, ...]:
    """Put the members of a namespace or module that holds the function in its place."""
    if any(item.defines(name) for item in items):
        return tuple(items)
    made: list[Item] = []
    for item in items:
        wraps = item.members and _WRAPPER.match(without_comments(item.head)) and _holds(item, name)
        made += _unwrapped(item.members, name) if wraps else [item]
    return tuple(made)


def _holds(item: Item, name: str) -> bool:
    return any(each.defines(name) or _holds(each, name) for each in item.members)


def _unframed(
    items: Sequence[Item], head: Heading, language: str
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Split code into what stands outside of the class that defines the function, and its members."""
    holders = [item for item in items if any(each.defines(head.name) for each in item.members)]
    if holders:
        holder = next((each for each in holders if head.frame_name in each.binds), holders[-1])
        outside = tuple(item for item in items if item is not holder)
        return outside, _renamed(holder.members, holder.binds - {head.frame_name}, head.frame_name)
    top = {Kind.HEADER, Kind.IMPORT, Kind.DROPPED}
    outside = tuple(item for item in items if item.kind in top or item.members)
    bare = "".join(item.text for item in items if item.kind not in top and not item.members)
    end = {"ada": f"end {head.frame_name};\n"}.get(language, _ENDS.get(language, _BRACE))
    again = outlines.outline(f"{head.frame}{bare.rstrip()}\n{end}", language)
    members = again.items[0].members if again and again.items else ()
    return outside, members or (Item(text=bare, kind=Kind.DEFINITION),)


def _renamed(members: Sequence[Item], names: Iterable[str], name: str) -> tuple[Item, ...]:
    """Let members call their class by the name that it has here."""
    for old in names:
        pattern = re.compile(rf"(?<![\w.]){re.escape(old)}(?=\.)")
        members = tuple(
            Item(text=pattern.sub(name, each.text), kind=each.kind, binds=each.binds, uses=each.uses)
            for each in members
        )
    return tuple(members)


def _missing(above: str, items: Sequence[Item], language: str) -> list[Item]:
    """Return what the prompt has and the answer's code lacks: imports, types and helpers."""
    plain = without_comments(above)
    found = outlines.outline(plain, language) if plain.strip() else None
    texts = {_plain(item.text) for item in items}
    bound = {name for item in items if item.kind is Kind.DEFINITION for name in item.binds}
    missing = []
    for item in found.items if found else ():
        wanted = item.kind in {Kind.HEADER, Kind.IMPORT} or (item.binds and item.kind is not Kind.DROPPED)
        again = _plain(item.text) in texts or (
            item.kind is Kind.DEFINITION and not _MANY.match(item.text) and item.binds <= bound
        )
        again = again or (
            item.kind is Kind.HEADER
            and "#lang" in item.binds
            and any("#lang" in each.binds for each in items)
        )
        if wanted and not again:
            missing.append(
                Item(text=item.text.strip() + "\n", kind=item.kind, binds=item.binds, uses=item.uses)
            )
    return missing


def _plain(text: str) -> str:
    return "".join(without_comments(text).split())


def _outside(front: Sequence[Item], outside: Sequence[Item], head: Heading, language: str) -> str:
    """Return what stands before the class: imports first, each once."""
    if language == "ada":  # its own specification: the prompt's, which the tests know
        clauses = "".join(item.text.strip() + "\n" for item in outside if item.kind is Kind.IMPORT)
        clauses = re.sub(rf"(?m)^(?:with|use) {head.frame_name};\n", "", clauses)
        start, pragma, rest = head.above.rpartition("pragma ")
        line, newline, rest = rest.partition("\n")
        return f"{start}{pragma}{line}{newline}{clauses}{rest}"
    imports = [item for item in outside if item.kind in {Kind.HEADER, Kind.IMPORT}]
    others = [item.text for item in outside if item.kind not in {Kind.HEADER, Kind.IMPORT}]
    if language == "java":  # one public class a file, of the file's name
        others = [
            re.sub(r"(?m)^public\s+(?=(?:\w+\s+)*(?:class|interface|enum|record)\b)", "", each)
            for each in others
        ]
    lines = [item.text for item in front] + [item.text for item in imports]
    return _joined(lines) + _joined(others)


def _joined(texts: Iterable[str]) -> str:
    return "".join(text.strip("\n") + "\n" for text in texts if text.strip())


def _body(items: Sequence[Item], name: str, language: str, *, closes: bool) -> str:
    """Join items as they stand; where the tests close a brace, one is left open for it."""
    items = [item for item in items if item.text.strip()]
    pairs = itertools.zip_longest(items, items[1:])
    body = "".join(_ended(item, after) for item, after in pairs).strip("\n")
    if not closes:
        return body.rstrip() + "\n" if body else ""
    last = items[-1] if items else None
    if last is not None and last.kind is Kind.DEFINITION and name in last.binds:
        whole = body.rstrip()
        end = (
            re.search(rf"end(?:\s+{re.escape(name)})?\s*;\Z", whole[-_LONGEST_END:])
            if language == "ada"
            else None
        )
        closing = end[0] if end else "}"
        if whole.endswith(closing):
            return whole.removesuffix(closing).rstrip()
    return _opened(body + "\n", name, language)


def _ended(item: Item, after: Item | None) -> str:
    """Return an item's text with a line's end, unless what follows has always followed it in that line."""
    apart = after is not None and after.text[:1] != "\n" and item.end != after.start
    return item.text + "\n" if apart and not item.text.endswith("\n") else item.text


def _opened(code: str, name: str, language: str) -> str:
    return (
        code + _OPENED.get(language, "").format(name=name)
        if language == "ada"
        else code + _OPENED.get(language, "")
    )


_SPEC: Final = re.compile(r'(?:(?P<alias>[\w.]+)[ \t]+)?"(?P<path>[^"\n]+)"')


def _go(items: Sequence[Item], head: Heading) -> str:
    """A Go file names its package once, and no import twice or in vain; the prompt has some of both."""
    code = "".join(item.text for item in items if item.kind is not Kind.IMPORT)
    plain = brackets.without_literals(code)
    there = set(re.findall(r'"[^"\n]+"', head.above))
    added = dict.fromkeys(
        found[0].strip()
        for item in items
        if item.kind is Kind.IMPORT
        for found in _SPEC.finditer(without_comments(item.text).replace("import", " "))
        if f'"{found["path"]}"' not in there and re.search(rf"\b{re.escape(_called(found))}\s*\.", plain)
    )
    above = "".join(f"{line}\n" for line in without_comments(head.above).splitlines() if line.strip())
    return above + "".join(f"import {each}\n" for each in added) + code.strip("\n") + "\n"


def _called(spec: re.Match[str]) -> str:
    """Return the name by which code calls an imported Go package."""
    parts = [part for part in spec["path"].split("/") if not re.fullmatch(r"v\d+", part)]
    return spec["alias"] or (parts[-1] if parts else "")
