"""Haskell.

Source: MultiPL-E, dataset_builder/humaneval_to_hs.py, for the form. Not as there, because it would be
wrong: ``Float`` has half of the digits of Python's, so it is ``Double``; strings are escaped; association
lists are compared without regard to their order; names that Haskell has already are hidden or changed; sets
are those of ``Data.Set``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval.translators.escapes import escaped, plain
from codeeval.translators.identifiers import distinct, lower, words
from codeeval.translators.problem import PythonProblem, Untranslatable
from codeeval.translators.target import Target
from codeeval.translators.terms import Terms
from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, SetOf, TupleOf, Type, named, parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair

_SCALARS: Final = {
    Scalar.INT: "Int",
    Scalar.FLOAT: "Double",
    Scalar.BOOL: "Bool",
    Scalar.STR: "String",
    Scalar.NONE: "()",
}
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_KEYWORDS: Final = words(
    """case class data default deriving do else foreign if import in infix infixl infixr instance let
    module newtype of then type where"""
)
_PRELUDE: Final = words(
    """abs all and any ceiling compare concat concatMap const cos curry cycle div divMod drop dropWhile
    elem either enumFrom error even exp filter flip floor fmap foldl foldr fromEnum fromIntegral fst gcd
    getLine head id init interact isNaN iterate last lcm length lex lines log lookup map max maxBound
    maximum maybe min minBound minimum mod negate not notElem null odd or otherwise pi pred print
    product properFraction pure quot quotRem read reads realToFrac recip rem repeat replicate return
    reverse round seq sequence show significand signum sin snd span splitAt sqrt subtract succ sum tail
    take takeWhile tan toEnum toInteger truncate uncurry undefined unlines until unwords unzip userError
    words zip zipWith"""
)
"""What the Prelude defines and a function of the problem may be called too."""
_DIGITS: Final = frozenset("0123456789")
_MOST_ITEMS: Final = 15
"""Tuples with more have no equality."""


class Haskell(Target):
    """Problems in Haskell."""

    suffix = "hs"
    language = "haskell"
    terms = Terms("list", "list", "tuple", "association list", "Nothing", "True", "False")
    stop = ("\n\n", "\n{-", "\n-- |", "\n--", "\ntype", "\ndata", "\nnewtype")
    none = "Nothing"
    true = "True"
    false = "False"

    def type_name(self, type_: Type) -> str:
        """Return a type's name."""
        match type_:
            case Scalar() if type_ in _SCALARS:
                return _SCALARS[type_]
            case ListOf(item):
                return f"[{self.type_name(item)}]"
            case OptionalOf(item):
                name = self.type_name(item)
                return f"Maybe ({name})" if " " in name and name[0] not in "[(" else f"Maybe {name}"
            case DictOf(key, value):
                return f"[({self.type_name(key)}, {self.type_name(value)})]"
            case SetOf(item):
                name = self.type_name(item)
                return f"Set.Set ({name})" if " " in name and name[0] not in "[(" else f"Set.Set {name}"
            case TupleOf(items) if len(items) <= _MOST_ITEMS:
                return f"({', '.join(map(self.type_name, items))})"
            case _:
                raise Untranslatable(f"the type {named(type_)}")

    def function(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        return self.helper(problem.entry_point)

    def helper(self, name: str) -> str:
        """See ``Target``."""
        first, *others = [word for word in name.lower().split("_") if word] or ["f"]
        return distinct([lower(first + "".join(map(str.capitalize, others)))], _KEYWORDS)[0]

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        if any(isinstance(part, DictOf) for part in parts(problem.returns)[1:]):
            raise Untranslatable("a dictionary within the result: an association list's order would count")
        function = self.function(problem)
        imports = f"import Prelude hiding ({function})\n" if function in _PRELUDE else ""
        if any(isinstance(part, SetOf) for type_ in problem.types for part in parts(type_)):
            imports += "import qualified Data.Set as Set\n"
        comment = "-- | " + re.sub(r"\n\s*", "\n--  ", description.strip()) + "\n"
        types = " -> ".join(map(self.type_name, problem.types))
        names = distinct((lower(each.name) for each in problem.parameters), {*_KEYWORDS, function})
        head = f"{function} :: {types}\n{' '.join([function, *names])} ="
        return imports + "\n" * bool(imports) + comment + head

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        lines = ["\nmain :: IO ()", "main = do", f"  let candidate = {self.function(problem)}"]
        if isinstance(problem.returns, DictOf):
            lines.append("  let unordered xs ys = length xs == length ys && all (`elem` ys) xs")
        return lines

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return ("  pure ()",)

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        if isinstance(problem.returns, DictOf):
            holds = f"unordered ({call}) {expected}"
        else:
            holds = f"{call} == {expected}"
        return f'  if {holds} then pure () else error "assertion failed"'

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f'  if abs ({call} - {expected}) < {tolerance} then pure () else error "assertion failed"'

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return ' error "stub"'

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """See ``Target``."""
        return " ".join(
            [name, *(f"({each})" if each.startswith(("Just ", "Set.")) else each for each in arguments)]
        )

    def integer(self, value: int) -> str:
        """See ``Target``."""
        return f"({value})" if value < 0 else str(value)

    def real(self, value: float) -> str:
        """See ``Target``."""
        text = super().real(value)
        return f"({text})" if text.startswith("-") else text

    def string(self, value: str) -> str:
        """See ``Target``."""
        pieces = [escaped(each, _ESCAPES, "\\{}".format, plain) for each in value]
        numbered = [piece[:1] == "\\" and piece[1:].isdigit() for piece in pieces]
        for at, following in enumerate(pieces[1:]):
            if numbered[at] and following in _DIGITS:
                pieces[at] += "\\&"  # the number ends here
        return f'"{"".join(pieces)}"'

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Target``."""
        del item
        return f"[{','.join(items)}]"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Target``."""
        if len(items) > _MOST_ITEMS:
            raise Untranslatable(f"a tuple of {len(items)}")
        del types
        return f"({', '.join(items)})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Target``."""
        del key, value
        return f"[{', '.join(f'({each.key}, {each.value})' for each in pairs)}]"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Target``."""
        del item
        return f"Set.fromList [{','.join(items)}]"

    def some(self, source: str, item: Type) -> str:
        """See ``Target``."""
        del item
        return f"Just {source}" if source.startswith("(") else f"Just ({source})"

    def null(self, type_: Type) -> str:
        """See ``Target``."""
        super().null(type_)
        return "()"
