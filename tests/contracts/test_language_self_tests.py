"""Every language with an image: its self-tests have their stated outcomes, warm and cold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.sandboxing import launcher

from codeeval.languages import LANGUAGES, Language
from codeeval.sandboxes.images import catalogue
from codeeval.testing import check_language

if TYPE_CHECKING:
    from collections.abc import Callable

BUILDABLE = [
    language
    for language in LANGUAGES.values()
    if language.id != "python" and catalogue().image(language.image).from_packages
]
"""Python's self-tests are in test_sandbox.py; what needs more than packages cannot be built everywhere."""


@pytest.mark.docker
@pytest.mark.parametrize("language", BUILDABLE, ids=lambda language: language.id)
def test_self_tests(language: Language, demand_image: Callable[[str], None]) -> None:
    demand_image(language.image)
    check_language(language, launcher=launcher("docker"))
