"""Which images ``sandbox build --all`` builds."""

from __future__ import annotations

import pytest

from codeeval.sandboxes import building
from codeeval.sandboxes.images import catalogue


@pytest.mark.parametrize(("bootstrap", "julia"), [(True, True), (False, False)])
def test_images_that_need_an_archive_are_skipped_with_a_note_unless_bootstrapped(
    *, bootstrap: bool, julia: bool
) -> None:
    lines: list[str] = []
    found = building._all(bootstrap=bootstrap, log=lines.append)
    left = set(catalogue().images) - set(found)
    assert ("julia" in found) is julia
    assert {"dart", "fsharp", "kotlin"} <= left
    assert len(lines) == len(left)
    assert all(any(f"not built: {name}, which needs" in line for line in lines) for name in left)
