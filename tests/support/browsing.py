"""Finding a browser, and what a test gets of it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import Page


def chromium() -> str:
    """Return the path of the Chromium that is installed here, or an empty string."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), "")


class Watched(NamedTuple):
    """A page, and everything that it did which a report must not do."""

    page: Page
    wrongs: list[str]
