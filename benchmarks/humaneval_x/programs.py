"""How a program is put together and run: HumanEval-X's evaluator, and HumanEvalPack's after it.

Source: THUDM/CodeGeeX, codegeex/benchmark/evaluate_humaneval_x.py (``process_humaneval_test``), utils.py
(``cleanup_code``, ``IMPORT_HELPER``), execution.py; bigcode-project/bigcode-evaluation-harness,
bigcode_eval/tasks/humanevalpack.py (``remove_last_block``, ``process_results``).
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from codeeval.benchmarks.common.frames import Frame
from codeeval.languages import Epilogue
from codeeval.types import Forbidden, StreamName

FRAMES: Final = {
    "cpp": Frame(language="cpp", replaced={"-std=c++17": ("-std=c++11", "-lcrypto")}, end="\n}\n"),
    "go": Frame(language="go", stand_ins={"codeeval_done.txt": "testify.go.txt"}, end="\n}\n"),
    "java": Frame(
        language="java",
        source_name="Main.java",
        replaced={"Problem.java": ("Main.java",), "Problem": ("Main",)},
        end="\n    }\n}\n",
    ),
    "javascript": Frame(
        language="javascript",
        forbidden=(
            Forbidden(name="wrote to standard error", stream=StreamName.STDERR, pattern=r"[\s\S]"),
            Forbidden(name="wrote to standard output", stream=StreamName.STDOUT, pattern=r"[\s\S]"),
        ),
        stand_ins={"node_modules/js-md5/index.js": "js-md5.js"},
        end="\n}\n",
    ),
    "rust": Frame(
        language="rust",
        epilogue=Epilogue(code="", closings=2),
        replaced={"rustc": ("rustc", "--test", "--edition=2021", "@/opt/codeeval/crates/flags")},
        end="\n}\n",
    ),
}
"""Language id -> frame; Python has none."""

_PYTHON_IMPORTS: Final = """\
import math
import re
import sys
import copy
import datetime
import itertools
import collections
import heapq
import statistics
import functools
import hashlib
import string
from typing import *
from collections import *
"""
_NUMPY: Final = "import numpy\nimport numpy as np\n"
"""Only for programs that name it: it takes longer than the tests."""
_X_HEADERS: Final = (
    *("stdlib.h", "algorithm", "math.h", "stdio.h", "vector", "string", "climits", "cstring", "iostream"),
)
_PACK_HEADERS: Final = (
    *("stdlib.h", "algorithm", "cmath", "math.h", "numeric", "stdio.h", "vector", "set", "map", "queue"),
    *("stack", "list", "deque", "boost/any.hpp", "string", "climits", "cstring", "iostream", "sstream"),
    "fstream",
)
_GO_PACKAGES: Final = (
    *("math", "strings", "fmt", "strconv", "time", "bytes", "regexp", "sort", "math/rand", "crypto/md5"),
)
_TESTIFY: Final = '"github.com/stretchr/testify/assert"'
_RUST_MAIN: Final = "fn main(){}\n"
_GEN_RANGE: Final = re.compile(r"\bgen_range\(([^,()]+), ([^,()]+)\)")
"""As rand had it up to 0.7, where the evaluators have 0.4: since 0.8 it takes a range."""

STOP: Final = {
    "python": ("\nclass", "\ndef", "\n#", "\n@", "\nprint", "\nif", "\nassert"),
    "go": ("\n//", "\nfunc main(", "struct", "\nfunc"),
}
"""Where a base model has left the function; the other languages' functions end with their last brace."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a row gives to a program beside the solution and the tests, and whose evaluator's rules hold."""

    pack: bool
    """Whether HumanEvalPack's, else HumanEval-X's."""
    import_: str = ""
    """The import block of a Go prompt."""
    setup: str = ""
    """The package clause and imports of Go's tests."""
    declaration: str = ""


def function(text: str, language: str, parts: Parts) -> str:
    """Cut a continuation where its function ends.

    Source: ``remove_last_block``; HumanEval-X's ``is_code_generation_finished`` and ``cleanup_code``, by
    which the class of a Java function is closed behind it.
    """
    for word in STOP.get(language, ()):
        text = text.partition(word)[0] if word in text else text
    if language == "python":
        lines = text.split("\n")
        outside = (number for number, line in enumerate(lines) if line.strip() and line[0] not in " \t")
        end = next(outside, None)
        return text if end is None else "\n".join(lines[:end])
    in_class = language == "java"
    depth = 2 if in_class and parts.pack else 1
    for place, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            text = text[: place + 1]
            return f"{text}\n}}" if in_class and not parts.pack else text
    before, brace, _ = text.rpartition("}")
    if brace and in_class and before.count("{") == before.count("}"):
        return f"{before}}}\n}}"
    return before + brace if brace else text


def tests(test: str, language: str) -> str:
    """Return a row's tests as they compile with the image's libraries: two use an old rand."""
    return _GEN_RANGE.sub(r"gen_range(\1..\2)", test) if language == "rust" else test


def source(solution: str, test: str, language: str, parts: Parts) -> str:
    """Put before a solution what the evaluator adds: imports, and what Go and Rust need around it."""
    match language:
        case "python":
            numpy = _NUMPY if re.search(r"\b(?:numpy|np)\b", solution + test) else ""
            return numpy + _PYTHON_IMPORTS + solution
        case "cpp":
            if parts.pack:
                solution = solution.partition("int main")[0]
                headers: tuple[str, ...] = _PACK_HEADERS
                opening = "using namespace std;\n"
            else:
                headers = tuple(each for each in _X_HEADERS if f"#include<{each}>" not in solution)
                opening = ""
            return opening + "".join(f"#include<{each}>\n" for each in headers) + solution
        case "java":
            return solution.replace("public class Main {\n    }", "")
        case "go":
            return _go(solution, test, parts)
        case "rust":
            return _rust(solution, parts)
        case _:
            return solution


def _go(solution: str, test: str, parts: Parts) -> str:
    """Put the tests' imports before a solution, and those that it lacks; none of them twice."""
    solution = re.sub(r"^package \w+\n", "", solution, flags=re.MULTILINE)
    if not parts.pack and parts.import_:
        solution = solution.replace(parts.import_, "")
    setup = parts.setup.replace(_TESTIFY, "")  # the frame has a stand-in
    for imported in re.findall(r'"[^"\n]+"', setup):
        if imported in solution:
            setup = setup.replace(imported, "")
    code = "\n".join(line for line in f"{solution}\n{test}".split("\n") if not line.strip().startswith("//"))
    lacking = [
        package
        for package in _GO_PACKAGES
        if f'"{package}"' not in setup + solution and re.search(rf"\b{package.rpartition('/')[2]}\.", code)
    ]
    return f"{setup}\n" + "".join(f'import "{package}"\n' for package in lacking) + solution


def _rust(solution: str, parts: Parts) -> str:
    """Put ``main`` and the lines of the declaration before a solution that lacks them."""
    name = re.search(r"\bfn +(\w+)", parts.declaration)
    lines = [
        line
        for line in parts.declaration.split("\n")
        if line.strip() not in solution
        and not (name and line.strip().startswith("fn") and re.search(rf"\bfn +{name[1]}\b", solution))
    ]
    main = "" if "fn main()" in solution else _RUST_MAIN
    return main + "".join(f"{line}\n" for line in lines) + solution
