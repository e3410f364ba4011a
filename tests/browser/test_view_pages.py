"""``codeeval view`` in a browser: runs that go on, hostile texts, comparison, search, keyboard, phone."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.runs import P, W, make_run, run_config
from support.viewing import Viewed, viewing

from codeeval.records import RunDirectory
from codeeval.types import (
    Completion,
    CompletionKind,
    FinishReason,
    Outcome,
    Usage,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

expect = pytest.importorskip("playwright.sync_api", reason="no playwright").expect

expect.set_options(timeout=30_000)

pytestmark = pytest.mark.browser

MARK = "window.pwned=1"
HOSTILE = (
    f"</script><script>{MARK}</script><img src=x onerror='{MARK}'><svg onload={MARK}>"
    f"<iframe srcdoc='<script>parent.{MARK}</script>'></iframe><base href=https://evil.example/>"
    f"<style>*{{background:url(https://evil.example/x)}}</style> javascript:{MARK} \u202e \u2028"
)
TASKS = [f"HumanEval/{number}" for number in range(12)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of a benchmark, and one in which every text from outside is hostile."""
    root = tmp_path_factory.mktemp("runs")
    make_run(
        root / "before", "humaneval", {task: [P] for task in TASKS[:4]}, created="2026-01-01T00:00:00+00:00"
    )
    make_run(
        root / "after",
        "humaneval",
        {task: [W if task == TASKS[1] else P] * 50 for task in TASKS[:4]},
        created="2026-02-01T00:00:00+00:00",
    )
    config = run_config("humaneval", {})
    make_run(
        root / "<b>hostile",
        "humaneval",
        {HOSTILE: [W], f"{HOSTILE} 2": [W]},
        text=lambda _task, _sample: HOSTILE,
        verdict=lambda verdict: msgspec.structs.replace(
            verdict, detail=HOSTILE, stdout=HOSTILE, stderr=HOSTILE, rule=HOSTILE
        ),
        model=msgspec.structs.replace(config.model, spec=HOSTILE),
        settings={HOSTILE: HOSTILE},
        command=("codeeval", HOSTILE),
        created=HOSTILE,
        groups={HOSTILE: (HOSTILE,)},
    )
    return root


@pytest.fixture(scope="module")
def served(runs: Path) -> Iterator[Viewed]:
    with viewing(runs) as viewed:
        yield viewed


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a served page; afterwards nothing may have gone wrong, and nothing else have been asked for."""
    wrongs: list[str] = []
    with contextlib.ExitStack() as stack:

        def opened(
            viewed: Viewed, name: str = "", *, size: tuple[int, int] = (1440, 900), theme: str = "light"
        ) -> Page:
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                color_scheme=theme,  # type: ignore[arg-type]  # one of two literals
                reduced_motion="reduce",
            )
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(60_000)
            page.on("console", lambda message: wrongs.append(f"console: {message.type} {message.text}"))
            page.on("pageerror", lambda error: wrongs.append(f"error: {error}"))
            page.on(
                "request",
                lambda each: each.url.startswith(viewed.base) or wrongs.append(f"request: {each.url}"),
            )
            page.goto(viewed.url)
            assert page.url == f"{viewed.base}/", "the token leaves the address"
            if name:
                page.locator("#table tbody tr", has_text=name).locator("a").click()
                page.wait_for_selector("#results figure")
            return page

        yield opened
    assert not wrongs


def compare(page: Page, *names: str) -> None:
    for name in names:
        page.locator("#table tbody tr", has_text=name).locator("input").check()
    page.click("#compare")
    page.wait_for_selector(".comparison")


def names(page: Page) -> list[str]:
    return page.locator("#table tbody .settings").all_inner_texts()


def test_the_list_is_searched_filtered_sorted_and_compared_by_keyboard(
    served: Viewed, visit: Callable[..., Page]
) -> None:
    page = visit(served)
    assert names(page) == ["after", "before", "<b>hostile"]
    page.keyboard.press("/")
    page.keyboard.type("befo")
    assert names(page) == ["before"]
    page.keyboard.press("Escape")
    page.select_option("#status", "running")
    assert names(page) == []
    page.click("#filters [type=reset]")
    page.click("[data-sort=score]")
    assert names(page)[0] == "before"
    page.locator("#table tbody a").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("#live")
    assert "after" in page.locator(".lead").inner_text()


def test_runs_of_a_suite_stand_together(tmp_path: Path, visit: Callable[..., Page], axe: str) -> None:
    suite = tmp_path / "nightly"
    days = {suite / "a": 1, tmp_path / "alone": 2, suite / "b": 3}
    for path, day in days.items():
        make_run(path, "humaneval", {TASKS[0]: [P]}, created=f"2026-01-0{day}T00:00:00+00:00")
    common = {"label": "humaneval", "benchmark": "humaneval", "model": "m", "spec": "s", "state": "done"}
    runs = [{**common, "directory": name} for name in ("a", "b")]
    failed = {**common, "directory": "c", "label": "rust", "state": "failed", "error": f"no image {HOSTILE}"}
    record = {
        "schema": 1,
        "name": HOSTILE,
        "source": "",
        "codeeval_version": "",
        "created": "",
        "benchmarks": [],
    }
    (suite / "suite.json").write_bytes(msgspec.json.encode(record | {"runs": [*runs, failed]}))
    with viewing(tmp_path) as viewed:
        page = visit(viewed)
        rows = page.locator("#table tbody tr")
        expect(rows.nth(0)).to_contain_text("unfinished, 2 of 3 runs done")
        expect(rows.nth(0)).to_contain_text("rust on m: no image")
        assert names(page)[1:] == ["nightly/b", "nightly/a", "alone"], "where the newest of them stands"
        assert page.evaluate("window.pwned") is None
        accessible(page, axe)
        rows.nth(2).locator("a").focus()
        page.keyboard.press("ArrowDown")
        assert "alone" in page.evaluate("document.activeElement.closest('tr').innerText")
        page.close()  # before its server ends


def test_a_page_follows_its_run(tmp_path: Path, visit: Callable[..., Page], axe: str) -> None:
    plan = dict.fromkeys(TASKS, 1)
    path = tmp_path / "going"
    with RunDirectory.create(path, run_config("humaneval", plan), TASKS) as run, viewing(tmp_path) as viewed:

        def judge(task: str, outcome: Outcome, cpu_s: float) -> None:
            run.add_completion(
                Completion(
                    task_id=task,
                    sample=0,
                    text="return 1",
                    kind=CompletionKind.ANSWER,
                    finish_reason=FinishReason.STOP,
                    usage=Usage(completion_tokens=1000),
                )
            )
            run.add_verdict(
                Verdict(
                    task_id=task,
                    sample=0,
                    outcome=outcome,
                    detail="" if outcome is P else "TypeError: no",
                    rule="fence",
                    wall_s=9.0,
                    cpu_s=cpu_s,
                    peak_rss_bytes=1,
                )
            )

        judge(TASKS[0], P, 0.1)
        page = visit(viewed)
        row = page.locator("#table tbody tr")
        expect(row).to_contain_text("running")
        expect(row).to_contain_text("1 of 12")
        row.locator("a").click()
        expect(page.locator("#l-judged")).to_contain_text("1of 12 samples, 8.3%")
        expect(page.locator("#l-score")).to_contain_text("100.0%")
        for task in TASKS[1:4]:
            judge(task, Outcome.RUNTIME_ERROR, 3.0)
        expect(page.locator("#l-judged")).to_contain_text("4of 12 samples")
        expect(page.locator("#l-score")).to_contain_text("25.0%")
        expect(page.locator("#l-messages")).to_contain_text(re.compile(r"3 .*runtime error.*TypeError: no"))
        expect(page.locator("#l-slowest li").first).to_contain_text(TASKS[1])
        expect(page.locator("#table tbody tr").nth(1)).to_contain_text("0 of 1")
        expect(page.locator("#l-pace")).to_contain_text(re.compile(r"[1-9]\d* tokens/s"))
        accessible(page, axe)
        assert page.locator("#results figure").count() == 0, "charts wait for the end"
        with (path / "completions.jsonl").open("ab") as file:
            file.write(b"{}\n")
        expect(page.locator("#l-problem")).to_contain_text("completions.jsonl:5")
        with (path / "completions.jsonl").open("r+b") as file:
            file.truncate(path.joinpath("completions.jsonl").stat().st_size - 3)
        expect(page.locator("#l-problem")).to_be_hidden()
        for task in TASKS[4:]:
            judge(task, P, 0.1)
        run.finish()
        page.wait_for_selector("#results figure")
        expect(page.locator("#l-status")).to_have_text("finished")
        page.locator("#l-messages a").click()
        page.wait_for_selector("#d-sample .verdict")
        assert page.locator("#d-title").inner_text() == TASKS[1]
        page.close()  # before its server ends


def test_hostile_texts_stay_text(served: Viewed, visit: Callable[..., Page]) -> None:
    page = visit(served)
    elements = "[...document.querySelectorAll('iframe, img, base, object, [onload], [onerror]')].length"

    def unharmed() -> None:
        assert page.evaluate("window.pwned") is None
        assert page.evaluate(elements) == 0
        assert page.locator("a[href^='javascript' i]").count() == 0

    expect(page.locator("#table tbody tr")).to_have_count(3)
    unharmed()
    page.locator("#table tbody tr", has_text="hostile").locator("a").click()
    page.wait_for_selector("#results figure")
    unharmed()
    page.fill("#s-q", "</SCRIPT>")
    page.keyboard.press("Enter")
    expect(page.locator("#s-places mark").first).to_have_text("</script>")
    assert page.locator("#s-places li").count() == 8
    page.locator("#s-places a").first.click()
    page.wait_for_selector("#d-sample .verdict")
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    unharmed()
    shown = page.locator("#d-sample").inner_text()
    assert f"<script>{MARK}</script>" in shown
    assert "U+202E" in shown


def test_two_runs_side_by_side(served: Viewed, visit: Callable[..., Page], axe: str) -> None:
    page = visit(served)
    compare(page, "after", "before")
    part = page.locator(".comparison")
    expect(part).to_contain_text("0 gained, 1 lost")
    part.locator(".changes button").click()
    page.wait_for_selector("#d-sample .beside")
    sides = page.locator("#d-sample .beside > section")
    expect(sides).to_have_count(2)
    expect(sides.nth(0)).to_contain_text("passed")
    expect(sides.nth(1)).to_contain_text("wrong answer")
    accessible(page, axe)
    page.get_by_role("button", name="Side by side").click()
    expect(sides).to_have_count(0)
    assert page.locator("#d-body .picker button").count() == 40
    page.fill(".another input", "47")
    page.keyboard.press("Enter")
    expect(page.locator(".picker [aria-pressed=true]")).to_contain_text("#47")


@pytest.mark.parametrize(
    ("size", "theme"), [((1440, 900), "dark"), ((390, 844), "light")], ids=["desktop", "phone"]
)
def test_axe_finds_nothing(
    served: Viewed, visit: Callable[..., Page], axe: str, size: tuple[int, int], theme: str
) -> None:
    page = visit(served, size=size, theme=theme)
    accessible(page, axe)
    page.locator("#table tbody tr", has_text="after").locator("a").click()
    page.wait_for_selector("#results figure")
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    accessible(page, axe)
    page.locator("#l-slowest a").first.click()
    page.wait_for_selector("#d-sample .verdict")
    accessible(page, axe)


def accessible(page: Page, axe: str) -> None:
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert found["passes"], "axe looked at nothing"
    assert not {
        each["id"]: [node["html"][:200] for node in each["nodes"]][:3] for each in found["violations"]
    }
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
