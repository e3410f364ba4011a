"""What models write runs nowhere: completions, ids, names and streams full of attacks on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.runs import W, make_run

from codeeval.cli.main import run_command
from codeeval.interfaces import ModelInfo
from codeeval.types import PromptStyle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.browsing import Watched

    from codeeval.types import Verdict

pytestmark = pytest.mark.browser

MARK = "window.pwned=1;alert(1)"
CORPUS = (
    f"<script>{MARK}</script>",
    f"</script><script>{MARK}</script>",
    f"</textarea></style></title></noscript><script>{MARK}</script>",
    f"<img src=x onerror='{MARK}'>",
    f'"><svg/onload={MARK}>',
    f"'><body onload={MARK}>",
    f"<iframe srcdoc='<script>parent.{MARK}</script>'></iframe>",
    f"<a href=javascript:{MARK}>x</a>",
    f"javascript:{MARK}",
    f"<details open ontoggle={MARK}>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={MARK}>",
    f"<!--<script>{MARK}//-->",
    f"]]><script>{MARK}</script>",
    f"${{{MARK}}} {{{{constructor.constructor('{MARK}')()}}}} {{% print({MARK!r}) %}}",
    f"\\u003cscript\\u003e{MARK}\\u003c/script\\u003e",
    f"&lt;script&gt;{MARK}&lt;/script&gt;",
    "<link rel=stylesheet href=https://evil.example/x.css><base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<style>*{background:url(https://evil.example/x)}</style>",
    f"\u2028{MARK}\u2029 \u202e evil \u2066 \x00 \x1b[31m \U0001f600",
    f"__proto__ constructor </ScRiPt ><sCrIpT>{MARK}</sCrIpT>",
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of two runs in which every text that comes from outside is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    tasks = {f"{attack} {number}": [W, W] for number, attack in enumerate(CORPUS)}
    tasks["__proto__"] = [W, W]

    def hostile(verdict: Verdict) -> Verdict:
        text = "\n".join(CORPUS)
        return msgspec.structs.replace(
            verdict, detail=verdict.task_id, stdout=text, stderr=text, rule=CORPUS[1]
        )

    def text(task: str, sample: int) -> str:
        return "\n".join((task, *CORPUS))

    model = ModelInfo(
        spec=CORPUS[1],
        style=PromptStyle.CHAT,
        concurrency=1,
        max_n=1,
        deterministic=True,
        details={CORPUS[3]: CORPUS[4]},
    )
    paths = [
        make_run(
            folder / name,
            "humaneval",
            tasks if name == "a" else {task: found[::-1] for task, found in tasks.items()},
            text=text,
            verdict=hostile,
            model=model,
            settings={CORPUS[0]: CORPUS[3] + name},
            command=("codeeval", *CORPUS),
            groups={CORPUS[1]: tuple(tasks)[:3]},
        )
        for name in ("a", "b")
    ]
    assert run_command(["report", *map(str, paths), "--out", str(folder / "r.html"), "-q"]) == 0
    return folder / "r.html"


def test_hostile_texts_are_not_executed(report: Path, visit: Callable[..., Watched]) -> None:
    page = visit(report).page
    elements = (
        "[...document.querySelectorAll('iframe, img, base, link, object, embed, [onload], [onerror]')].length"
    )
    assert page.locator("#table tbody tr").count() == 2 * (len(CORPUS) + 1)
    for number in range(len(CORPUS) + 1):
        page.evaluate(f"location.hash = 'task/{number}'")
        page.wait_for_selector(f"#d-body[data-number='{number}'] .verdict")
        page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
        assert page.evaluate("window.pwned") is None
        assert page.evaluate(elements) == 0
    assert page.locator("#dialog a[href^='javascript' i]").count() == 0


def test_texts_are_shown_as_written_with_hidden_characters_escaped(
    report: Path, visit: Callable[..., Watched]
) -> None:
    page = visit(report).page
    page.evaluate("location.hash = 'task/0'")
    page.wait_for_selector("#d-sample .verdict")
    page.evaluate("document.querySelectorAll('#dialog details').forEach((box) => { box.open = true; })")
    text = page.locator("#d-sample").inner_text()
    assert CORPUS[0] in text
    assert CORPUS[1] in text
    hidden = set(page.locator("#d-sample .tx").all_inner_texts())
    assert {"U+202E", "U+2028", "U+2066", "U+0000", "U+001B"} <= hidden
