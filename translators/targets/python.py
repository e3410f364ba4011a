"""Python: problems in one form, with types, doctests and tests as the other languages have them.

Source: MultiPL-E, dataset_builder/humaneval_to_py.py, for the form.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codeeval.translators.target import Target
from codeeval.translators.terms import PYTHON
from codeeval.translators.types import ListOf, Scalar, Type, Value, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codeeval.translators.literals import Pair
    from codeeval.translators.problem import PythonProblem

_INDENT: Final = "    "


_TYPING: Final = re.compile(r"\b(?:Any|Callable|Dict|List|Optional|Set|Tuple|Union)\b")


class Python(Target):
    """Problems in Python."""

    suffix = "py"
    language = "python"
    terms = PYTHON
    stop = ("\ndef", "\n#", "\nif", "\nclass")
    typed = False
    true = "True"
    false = "False"
    most_int = None

    def prompt(self, problem: PythonProblem, description: str) -> str:
        """See ``Target``."""
        types = list(_annotations(problem))
        needed = dict.fromkeys(name for type_ in types for name in _TYPING.findall(type_))
        imports = f"from typing import {', '.join(needed)}\n\n" if needed else ""
        parameters = ", ".join(
            f"{each.name}: {type_}" for each, type_ in zip(problem.parameters, types, strict=False)
        )
        docstring = description.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        docstring = f'{docstring[:-1]}\\"' if docstring.endswith('"') else docstring
        head = f"def {problem.entry_point}({parameters}) -> {types[-1]}:\n"
        return f'{imports}{head}    """{docstring}"""\n'

    def opening(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        return (f"def {_frame(problem)}(candidate):",)

    def closing(self, problem: PythonProblem) -> Sequence[str]:
        """See ``Target``."""
        call = f"    {_frame(problem)}({problem.entry_point})"
        return ("", "def test_check():", call, "", "test_check()", "")

    def check(self, problem: PythonProblem, call: str, expected: str) -> str:
        """See ``Target``."""
        del problem
        return f"    assert {call} == {expected}"

    def close(self, problem: PythonProblem, call: str, expected: str, tolerance: str) -> str:
        """See ``Target``."""
        del problem
        return f"    assert abs({call} - {expected}) < {tolerance}"

    def stub(self, problem: PythonProblem) -> str:
        """See ``Target``."""
        del problem
        return "    raise NotImplementedError"

    def literal(self, value: Value, type_: Type) -> str:
        """See ``Literals``: a tuple stays one, also where other languages have a list."""
        del type_
        return super().literal(value, Scalar.ANY)

    def string(self, value: str) -> str:
        """See ``Target``."""
        return repr(value)

    def list_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Target``."""
        del item
        return f"[{', '.join(items)}]"

    def tuple_of(self, items: Sequence[str], types: Sequence[Type]) -> str:
        """See ``Target``."""
        del types
        return f"({', '.join(items)}{',' * (len(items) == 1)})"

    def dict_of(self, pairs: Sequence[Pair], key: Type, value: Type) -> str:
        """See ``Target``."""
        del key, value
        return f"{{ {', '.join(f'{each.key}: {each.value}' for each in pairs)} }}"

    def set_of(self, items: Sequence[str], item: Type) -> str:
        """See ``Target``."""
        del item
        return f"{{{', '.join(items)}}}" if items else "set()"


def _frame(problem: PythonProblem) -> str:
    """Return the name of the tests' function; some problems' is called ``check``."""
    return "check_candidate" if problem.entry_point == "check" else "check"


def _annotations(problem: PythonProblem) -> Iterator[str]:
    """Yield the types as annotations: a list's whose values are tuples is a tuple's of any length."""
    columns = [[case.arguments[at] for case in problem.cases] for at in range(len(problem.parameters))]
    columns.append([case.expected for case in problem.cases])
    for type_, values in zip(problem.types, columns, strict=True):
        if isinstance(type_, ListOf) and any(isinstance(value, tuple) for value in values):
            yield f"Tuple[{named(type_.item)}, ...]"
        else:
            yield named(type_).replace("Tuple[]", "Tuple[()]").replace("Union[]", "Any")
