"""Every language with an image: its self-tests have their stated outcomes, warm and cold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.sandboxing import DOCKER, UNPACKED, UNPACKED_ROOTLESS, launcher

from codeeval.languages import LANGUAGES
from codeeval.sandboxes.images import catalogue
from codeeval.testing import check_language

if TYPE_CHECKING:
    from collections.abc import Callable

BUILDABLE = [
    language.id
    for language in LANGUAGES.values()
    if language.id != "python" and catalogue().image(language.image).from_packages
]
"""Python's self-tests are in test_sandbox.py; what needs more than packages cannot be built everywhere."""


@pytest.mark.parametrize("sandbox", [DOCKER, UNPACKED, UNPACKED_ROOTLESS])
@pytest.mark.parametrize("name", BUILDABLE)
def test_self_tests(name: str, sandbox: str, demand_image: Callable[..., None]) -> None:
    demand_image(LANGUAGES[name].image, sandbox)
    check_language(LANGUAGES[name], launcher=launcher(sandbox))
