"""What a program of calls begins with: loaded modules are imported once, all else in each process."""

from __future__ import annotations

import importlib
import math
import sys
from typing import TYPE_CHECKING, Any

import pytest

from codeeval.sandboxes import images

if TYPE_CHECKING:
    from collections.abc import Iterator

UNLOADED = "this"
"""A module that nothing imports."""


@pytest.fixture(scope="module")
def calls_step() -> Iterator[Any]:  # Any: a module of the runner, which is in no package and has no types
    folder = str(images.containers_folder() / "runner")
    sys.path.insert(0, folder)
    try:
        yield importlib.import_module("calls_step")
    finally:
        sys.path.remove(folder)


@pytest.mark.parametrize(
    ("text", "imported", "left"),
    [
        ("from math import *\nimport sys\nvalue = sqrt(9)\nimport json", {"sqrt", "sys"}, {"value", "json"}),
        (f"import sys\nimport {UNLOADED}\nfrom math import *", {"sys"}, {UNLOADED, "sqrt"}),
        ("from math import sqrt", set(), {"sqrt"}),
        ("", set(), set()),
    ],
)
def test_loaded_modules_are_imported_before_and_the_rest_follows_in_order(
    calls_step: Any, text: str, imported: set[str], left: set[str]
) -> None:
    prelude = calls_step.prelude_of("prelude.py", text)
    assert imported <= prelude.namespace.keys()
    assert not left & prelude.namespace.keys()
    assert UNLOADED not in sys.modules
    namespace = dict(prelude.namespace)
    if UNLOADED not in left:
        exec(prelude.code, namespace)
        assert left <= namespace.keys()
        assert namespace.get("sqrt", math.sqrt) is math.sqrt
