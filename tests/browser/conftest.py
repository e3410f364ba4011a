"""Chromium, cut off from any network, on reports that lie on disk."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from support.browsing import Watched, chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

DESKTOP = (1440, 900)


@pytest.fixture(scope="module")  # while it is there, an event loop runs, which async tests cannot do with
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- not there without the development extra

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Watched]]:
    """Open a report from disk; afterwards nothing may have gone wrong."""
    contexts, wrongs = [], []

    def opened(path: Path, *, size: tuple[int, int] = DESKTOP, theme: str = "light") -> Watched:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,  # type: ignore[arg-type]  # one of two literals
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: wrongs.append(f"console: {message.type} {message.text}"))
        page.on("pageerror", lambda error: wrongs.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (wrongs.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("popup", lambda _: wrongs.append("a window was opened"))
        page.on(
            "request",
            lambda request: request.url == path.as_uri() or wrongs.append(f"request: {request.url}"),
        )
        page.route(lambda url: not url.startswith("file:"), lambda route: route.abort())
        page.goto(path.as_uri())
        return Watched(page, wrongs)

    yield opened
    for context in contexts:
        context.close()
    assert not wrongs


@pytest.fixture(scope="session")
def axe() -> str:
    """Source of axe-core, from a package of the development extra."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
