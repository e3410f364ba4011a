"""Clojure.

Source: MultiPL-E, dataset_builder/humaneval_to_clj.py, for the form. Not as there, because it would be
wrong: strings and docstrings are escaped; an integer where the type is ``float`` is written as a float, for
``(= 20.0 20)`` is false; a function that ``clojure.core`` has too takes that one's place without a warning,
which would fail the test.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final

from codeeval.translators.escapes import escaped, plain
from codeeval.translators.identifiers import words
from codeeval.translators.target import Target
from codeeval.translators.terms import Terms
from codeeval.translators.types import Scalar, Type, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.literals import Pair
    from codeeval.translators.problem import PythonProblem

_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CORE: Final = words(
    """abs accessor aclone agent aget alength alias alter amap ancestors and apply areduce aset assert
    assoc atom await bases bean bigdec bigint binding boolean butlast byte bytes case cast cat char
    chars chunk class comment commute comp comparator compare compile complement completing concat cond
    conj cons constantly count cycle dec declare dedupe delay deliver denominator deref derive
    descendants destructure disj dissoc distinct doall dorun doseq dosync dotimes doto double doubles
    drop eduction empty ensure eval extend extenders ffirst filter filterv find first flatten float
    floats flush fnext fnil force format frequencies future gensym get hash identity import inc int
    interleave intern interpose into ints iterate iteration juxt keep key keys keyword last list load
    locking long longs macroexpand map mapcat mapv max memfn memoize merge meta methods min mod munge
    name namespace newline next nfirst nnext not nth nthnext nthrest num numerator or parents partial
    partition partitionv pcalls peek pmap pop pr prefers print printf println prn promise proxy pvalues
    quot rand range rationalize read reduce reduced reductions ref refer reify rem remove repeat
    repeatedly replace replicate require resolve rest reverse rseq rsubseq second send seq seque
    sequence set short shorts shuffle slurp some sort spit str struct subs subseq subvec supers symbol
    sync take test time trampoline transduce transient type underive unquote unreduced update use val
    vals vec vector when while zipmap"""
)
"""What ``clojure.core`` defines under a name that Python could have."""


class Clojure(Target):
    """Problems in Clojure."""

    suffix = "clj"
    language = "clojure"
    terms = Terms("vector", "list", "vector", "map", "nil", "true", "false")
    stop = ("\n(def", "\n;", "\n(")
    typed = False
    none = "nil"
    most_int = None

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        first, _, rest = description.partition("\n")
        lines = [first.rstrip(), *inspect.cleandoc("\n" + rest).split("\n")]
        text = "\n  ".join(line.rstrip() for line in lines if line.strip())
        docstring = text.replace("\\", "\\\\").replace('"', '\\"')
        unmapped = f"(ns-unmap *ns* '{problem.entry_point})\n\n" if problem.entry_point in _CORE else ""
        parameters = " ".join(each.name for each in problem.parameters)
        return f'{unmapped}(defn {problem.entry_point}\n  "{docstring}"\n  [{parameters}]\n  '

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        return (
            "(require '[clojure.test :refer [deftest is run-test]])\n",
            f"(def candidate {problem.entry_point})\n",
            "(deftest test-humaneval\n",
        )

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        del problem
        return (")", "", "(run-test test-humaneval)")

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        del problem
        return f"  (is (= {call} {expected}))"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"  (is (< (abs (- {call} {expected})) {tolerance}))"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return '(throw (ex-info "stub" {})))'

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """See ``Target``."""
        return f"({' '.join([name, *arguments])})"

    def literal(self, value: Value, type_: Type) -> str:
        """See ``Literals``."""
        if type_ is Scalar.FLOAT and type(value) is int:
            return self.real(float(value))
        return super().literal(value, type_)

    def string(self, value: str) -> str:
        """See ``Target``."""
        return '"' + escaped(value, _ESCAPES, _utf16, plain) + '"'

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Target``."""
        del item
        return f"[{' '.join(items)}]"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Target``."""
        del types
        return f"[{' '.join(items)}]"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Target``."""
        del key, value
        return f"{{{' '.join(f'{each.key} {each.value}' for each in pairs)}}}"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Target``."""
        del item
        return f"#{{{' '.join(items)}}}"


def _utf16(code: int) -> str:
    """Return the escapes of a character's one or two halves."""
    units = chr(code).encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
