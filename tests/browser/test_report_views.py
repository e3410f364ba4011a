"""The report as its reader uses it: search, filters, sorting, a task, a comparison, themes, keyboard only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support.runs import P, W, make_run

from codeeval.cli.main import run_command
from codeeval.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page
    from support.browsing import Watched

expect = pytest.importorskip("playwright.sync_api", reason="no playwright").expect

pytestmark = pytest.mark.browser

T, C = Outcome.TIMEOUT, Outcome.COMPILE_ERROR
FIRST = {
    "HumanEval/0": [P, P, W],
    "HumanEval/1": [W, T, W],
    "HumanEval/2": [P, P, P],
    "HumanEval/10": [C, C, P],
}
SECOND = {
    "HumanEval/0": [P, P, P],
    "HumanEval/1": [P, P, W],
    "HumanEval/2": [W, W, P],
    "HumanEval/10": [C, C, P],
}
CODE = "    # sample {1}\n    return sorted([0.5, 'text', None])\n"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of two runs of one benchmark."""
    folder = tmp_path_factory.mktemp("report")
    paths = [
        make_run(folder / name, "humaneval", outcomes, text=CODE.format, groups={"easy": ("HumanEval/0",)})
        for name, outcomes in (("before", FIRST), ("after", SECOND))
    ]
    assert run_command(["report", *map(str, paths), "--out", str(folder / "r.html"), "-q"]) == 0
    return folder / "r.html"


def names(page: Page) -> list[str]:
    return page.locator("#table tbody th button").all_inner_texts()


def test_search_narrows_and_escape_clears(report: Path, visit: Callable[..., Watched]) -> None:
    page = visit(report).page
    assert len(names(page)) == 8
    page.keyboard.press("/")
    page.keyboard.type("eval/10")
    assert names(page) == ["HumanEval/10"] * 2
    assert page.locator("#found").inner_text() == "2 of 8 tasks"
    page.keyboard.press("Escape")
    assert len(names(page)) == 8


def test_filters_by_status_outcome_run_and_subset(report: Path, visit: Callable[..., Watched]) -> None:
    page = visit(report).page
    page.select_option("#status", "always")
    assert names(page) == ["HumanEval/2", "HumanEval/0"]
    page.select_option("#status", "never")
    assert names(page) == ["HumanEval/1"]
    page.click("#filters [type=reset]")
    page.select_option("#outcome", label="timeout")
    assert names(page) == ["HumanEval/1"]
    page.click("#filters [type=reset]")
    page.select_option("#run", "1")
    page.select_option("#group", label="easy")
    assert names(page) == ["HumanEval/0"]
    assert not page.locator("#f-language").is_visible()


def test_sorting_by_name_is_numeric_and_by_rate_goes_both_ways(
    report: Path, visit: Callable[..., Watched]
) -> None:
    page = visit(report).page
    page.select_option("#run", "0")
    page.click("[data-sort=name]")
    assert names(page) == [f"HumanEval/{number}" for number in (0, 1, 2, 10)]
    page.click("[data-sort=rate]")
    assert names(page)[0] == "HumanEval/1"
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("Passed")
    page.click("[data-sort=rate]")
    assert names(page)[0] == "HumanEval/2"
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"


def test_a_task_opens_with_prompt_code_and_verdict(report: Path, visit: Callable[..., Watched]) -> None:
    page = visit(report).page
    page.locator("#table").get_by_role("button", name="HumanEval/1", exact=True).first.click()
    page.wait_for_selector("#d-sample .verdict")
    dialog = page.locator("#dialog")
    text = dialog.inner_text()
    assert "separate_paren_groups" in text
    assert "why WRONG_ANSWER" in text
    assert "extracted by fence" in text
    assert "CPU 3 s, wall 15 s" in text
    assert dialog.locator(".tk").count() > 0, "code is coloured"
    dialog.locator(".picker button", has_text="timeout").click()
    assert "why TIMEOUT" in dialog.inner_text()
    assert page.url.endswith("/1")
    dialog.get_by_role("button", name=re.compile("after")).click()
    expect(page.locator("#d-sub")).to_contain_text("2 of 3 passed")


def test_a_link_opens_the_task_it_names(report: Path, visit: Callable[..., Watched]) -> None:
    page = visit(report).page
    page.evaluate("location.hash = 'task/1/1'")
    page.wait_for_selector("#d-sample .verdict")
    assert page.locator(".picker [aria-pressed=true]").inner_text().startswith("#1")


def test_the_comparison_names_gained_and_lost_tasks_and_opens_them(
    report: Path, visit: Callable[..., Watched]
) -> None:
    page = visit(report).page
    part = page.locator(".comparison")
    assert "2 gained, 1 lost" in part.inner_text()
    assert part.locator("figure svg").count() == 4
    part.get_by_role("button", name="HumanEval/2").click()
    page.wait_for_selector("#d-sample .verdict")
    assert page.locator("#d-title").inner_text() == "HumanEval/2"
    assert "after" in page.locator("#d-sub").inner_text()


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_the_theme_follows_the_system_and_the_button(report: Path, visit: Callable[..., Watched]) -> None:
    light, dark = visit(report).page, visit(report, theme="dark").page
    assert background(light) != background(dark)
    system = background(light)
    light.click("#theme")
    assert background(light) == background(dark)
    light.click("#theme")
    light.click("#theme")
    assert background(light) == system


def test_the_keyboard_alone_does_everything(report: Path, visit: Callable[..., Watched]) -> None:
    page = visit(report).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("/")
    page.keyboard.type("HumanEval/1")
    page.locator("#table tbody button").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "HumanEval/10"
    page.keyboard.press("Enter")
    page.wait_for_selector("#d-sample .verdict")
    assert page.evaluate("document.activeElement.id") == "d-title"
    for _ in range(40):
        page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || !!document.activeElement.closest('#dialog')"
        assert page.evaluate(inside), "focus left the open dialog"
    page.keyboard.press("Escape")
    assert not page.locator("#dialog").is_visible()
    assert page.evaluate("document.activeElement.textContent") == "HumanEval/10"


def test_arrows_walk_from_task_to_task(report: Path, visit: Callable[..., Watched]) -> None:
    page = visit(report).page
    page.locator("#table tbody button").first.click()
    page.wait_for_selector("#d-sample .verdict")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#d-title")).to_have_text("HumanEval/1")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#d-title")).to_have_text("HumanEval/0")


def test_a_chart_answers_the_pointer(report: Path, visit: Callable[..., Watched]) -> None:
    page = visit(report).page
    page.locator(".chart .wide [aria-label*='passed']").first.hover()
    assert "passed" in page.locator("#tip").inner_text()


def test_the_sample_analysis_has_a_chart_and_a_column_for_each_run(
    report: Path, visit: Callable[..., Watched]
) -> None:
    page = visit(report).page
    region = page.get_by_role("region", name="Samples of humaneval")
    assert region.locator("thead th").count() == 3
    assert region.get_by_role("row", name="Difference that can be seen").locator("td").count() == 2
    page.locator(".chart .wide [aria-label^='measured: pass@1 ']").first.hover()
    assert "measured: pass@1 " in page.locator("#tip").inner_text()


def test_a_phone_needs_no_sideways_scrolling(report: Path, visit: Callable[..., Watched]) -> None:
    page = visit(report, size=(390, 844)).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".chart .narrow").first.is_visible()
    assert not page.locator(".chart .wide").first.is_visible()
    page.locator("#table tbody button").first.click()
    page.wait_for_selector("#d-sample .verdict")
    assert page.evaluate("document.getElementById('d-body').scrollWidth") <= 390


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desktop", "phone"])
def test_axe_finds_nothing_serious(
    report: Path, visit: Callable[..., Watched], axe: str, size: tuple[int, int], theme: str
) -> None:
    page = visit(report, size=size, theme=theme).page
    page.evaluate(axe)
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    serious(page)
    page.locator("#table tbody button").first.click()
    page.wait_for_selector("#d-sample .verdict")
    page.evaluate("document.querySelectorAll('#dialog details').forEach((box) => { box.open = true; })")
    serious(page)


def serious(page: Page) -> None:
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert found["passes"], "axe looked at nothing"
    wrong = {
        each["id"]: [node["html"][:200] for node in each["nodes"]][:3]
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    }
    assert not wrong
