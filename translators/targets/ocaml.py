"""OCaml.

Source: MultiPL-E, dataset_builder/humaneval_to_ml.py, for the form. Not as there, because it does not
compile or would be wrong: negative numbers are ``(-1)``, not ``(~1)``; tuples within other types are in
brackets, an association list is ``(string * int) list`` and is compared without regard to its order;
strings are escaped; a comment in which OCaml's lexer would see an unfinished string is changed until it
does not; names may not be keywords or capitalised.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval.translators.escapes import escaped, plain
from codeeval.translators.identifiers import distinct, lower, words
from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.target import Target
from codeeval.translators.terms import Terms
from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, TupleOf, Type, named, parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair

_SCALARS: Final = {
    Scalar.INT: "int",
    Scalar.FLOAT: "float",
    Scalar.BOOL: "bool",
    Scalar.STR: "string",
    Scalar.NONE: "unit",
}
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_KEYWORDS: Final = words(
    """and as asr assert begin class constraint do done downto effect else end exception external false
    for fun function functor if in include inherit initializer land lazy let lor lsl lsr lxor match
    method mod module mutable new nonrec object of open or private rec sig struct then to true try type
    val virtual when while with"""
)
_COMMENT_TOKENS: Final = re.compile(
    r"""'(?:[^'\\\n]|\\.)' | "(?:[^"\\]|\\.)*" | (?P<bad> " | \(\* | \*\) | \{%*[a-z_]*\| )""",
    re.DOTALL | re.VERBOSE,
)
"""What OCaml's lexer sees within a comment; by the last group it is unfinished or ends too soon."""


class OCaml(Target):
    """Problems in OCaml."""

    suffix = "ml"
    language = "ocaml"
    terms = Terms("list", "list", "tuple", "association list", "None", "true", "false")
    stop = ("\n\n", "\n(*", "\ntype", "\nlet")
    most_int = 2**62 - 1

    def type_name(self, type_: Type) -> str:
        """Return a type's name; a tuple's begins with a space, as upstream has it."""
        match type_:
            case Scalar() if type_ in _SCALARS:
                return _SCALARS[type_]
            case ListOf(item):
                return f"{self._item(item)} list"
            case OptionalOf(item):
                return f"{self._item(item)} option"
            case DictOf(key, value):
                return f"({self._item(key)} * {self._item(value)}) list"
            case TupleOf(items) if items:
                return " " + " * ".join(map(self._item, items))
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def _item(self, type_: Type) -> str:
        name = self.type_name(type_)
        return f"({name.strip()})" if isinstance(type_, TupleOf) else name

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return self.helper(problem.entry_point)

    def helper(self, name: str) -> str:
        """See ``Target``."""
        return distinct([lower(name)], _KEYWORDS)[0]

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        if any(isinstance(part, DictOf) for part in parts(problem.returns)[1:]):
            raise Untranslatable("a dictionary within the result: an association list's order would count")
        comment = _COMMENT_TOKENS.sub(
            lambda found: _harmless(found["bad"]) if found["bad"] else found[0], description.strip()
        )
        names = distinct((lower(each.name) for each in problem.parameters), _KEYWORDS)
        types = [self.type_name(each.type) for each in problem.parameters]
        given = " ".join(f"({name} : {type_})" for name, type_ in zip(names, types, strict=True)) or "()"
        head = f"let {self.function(problem)} {given} : {self.type_name(problem.returns)} ="
        return "(**" + re.sub(r"\n\s*", "\n * ", comment) + "\n*)\n" + head

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        return ("", "let assertions =", f" let candidate = {self.function(problem)} in")

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("  ()", "")

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        if isinstance(problem.returns, DictOf):
            sort = "List.sort Stdlib.compare"
            return f"  (assert (({sort} ({call})) = {sort} {expected}));"
        return f"  (assert (({call}) = {expected}));"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"  (assert (Float.abs (({call}) -. {expected}) < {tolerance}));"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return ' failwith "stub"'

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """See ``Target``."""
        given = [f"({each})" if each.startswith("Some(") else each for each in arguments]
        return " ".join([name, *(given or ["()"])])

    def integer(self, value: int) -> str:
        """See ``Target``."""
        return f"({value})" if value < 0 else str(value)

    def real(self, value: float) -> str:
        """See ``Target``."""
        text = super().real(value)
        return f"({text})" if text.startswith("-") else text

    def string(self, value: str) -> str:
        """See ``Target``."""
        return '"' + escaped(value, _ESCAPES, "\\u{{{:x}}}".format, plain) + '"'

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Target``."""
        del item
        return f"[{'; '.join(items)}]"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Target``."""
        del types
        return f"({', '.join(items)})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Target``."""
        del key, value
        return f"[{'; '.join(f'({each.key}, {each.value})' for each in pairs)}]"

    def some(self, source: str, item: Type) -> str:
        """See ``Target``."""
        del item
        return f"Some({source})"

    def null(self, type_: Type) -> str:
        """See ``Target``."""
        super().null(type_)
        return "()"


def _harmless(piece: str) -> str:
    """Return what can stand in a comment where this cannot."""
    return "'" if piece == '"' else " ".join(piece)
