"""The sandbox images: built, checked, listed and pruned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval import registry
from codeeval.errors import SandboxError
from codeeval.languages import LANGUAGES, language
from codeeval.sandboxes.building import build as build_images
from codeeval.sandboxes.images import catalogue, list_images
from codeeval.sandboxes.images import prune as remove_stale_images
from codeeval.session.doctor import check_language
from codeeval.session.sandboxes import choose_launcher, open_pool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.session.doctor import SelfTestResult
    from codeeval.session.hooks import Notes
    from codeeval.session.settings import SandboxSettings

__all__ = ["build_images", "check_languages", "image_of", "list_images", "prune_images"]


def image_of(name: str) -> str:
    """Return the image that a name means: its own, or that of the language.

    Raises:
        UnknownName: there is no such image or language.
    """
    return LANGUAGES[name].image if name in LANGUAGES else catalogue().image(name).name


def check_languages(names: Sequence[str], settings: SandboxSettings, notes: Notes) -> list[SelfTestResult]:
    """Run the self-tests of languages in real sandboxes.

    Args:
        names: the languages; none for every language whose image is built.
        settings: where programs are executed.
        notes: receives which languages cannot be checked here.

    Raises:
        UnknownName: no such language.
        SandboxError: no sandbox works here.
    """
    results = []
    for name in names or _built_languages(settings, notes):
        with open_pool((language(name).image,), settings, notes) as opened:
            results += check_language(language(name), opened.pool)
    return results


def _built_languages(settings: SandboxSettings, notes: Notes) -> list[str]:
    found = []
    for name, each in LANGUAGES.items():
        try:
            choose_launcher(each.image, settings)
        except SandboxError as error:
            notes(f"not checked: {name}: {error.message.splitlines()[-1].strip()}")
            continue
        found.append(name)
    if not found:
        raise SandboxError("no language can be checked here", "`codeeval doctor` reports what would help.")
    return found


def prune_images() -> list[str]:
    """Remove images that no longer match their Dockerfile, and leftovers of interrupted runs; names them."""
    removed = remove_stale_images()
    if swept := registry.launcher("docker").sweep():
        removed.append(f"{swept} sandboxes of interrupted runs")
    return removed
