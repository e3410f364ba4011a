"""Which images ``sandbox build --all`` builds."""

from __future__ import annotations

import pytest

from codeeval.sandboxes import building
from codeeval.sandboxes.images import catalogue


@pytest.mark.parametrize(("bootstrap", "julia"), [(True, True), (False, False)])
def test_what_needs_an_archive_is_omitted_and_reported_unless_bootstrapping_suffices(
    *, bootstrap: bool, julia: bool
) -> None:
    said: list[str] = []
    found = building._all(bootstrap=bootstrap, log=said.append)
    left = set(catalogue().images) - set(found)
    assert ("julia" in found) is julia
    assert {"dart", "fsharp", "kotlin"} <= left
    assert len(said) == len(left)
    assert all(any(f"not built: {name}, which needs" in line for line in said) for name in left)
