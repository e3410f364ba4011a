"""What a gate writes for CI services: valid by their schemas, and nothing a model wrote has an effect."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import msgspec
import pytest
from lxml import etree
from support.runs import P, W, bits, make_run

from codeeval.gating import Check, Decision, GateResult, Plan, gate
from codeeval.reports.annotations import command, workflow_commands
from codeeval.reports.junit import junit
from codeeval.reports.markdown import code, markdown, text
from codeeval.reports.sarif import plain, sarif

if TYPE_CHECKING:
    from codeeval.types import Verdict

SCHEMAS = Path(__file__).parents[1] / "support" / "schemas"
HOSTILE = (
    "]]><failure/>&amp;<!--\x00\x08\x1b[31m\x85\u202e\ufffe\uffff\ud800 | `x` ``` **b** _i_ "
    "[a](javascript:x) "
    "{0} @team #12 https://evil.example www.evil.example <img src=x onerror=alert(1)> \r\n::error::owned\n"
    "::set-output name=x::y\n%0A::stop-commands::t </details> \\[ \t end"
)
TASK = "x\n::error::from the id|`@octocat`<b>\x1b]0;t\x07"


def hostile(verdict: Verdict) -> Verdict:
    return msgspec.structs.replace(verdict, detail=HOSTILE.encode("utf-8", "replace").decode())


@pytest.fixture
def worse(tmp_path: Path) -> GateResult:
    """A gate that blocks, on runs whose every text is hostile."""
    before = {**bits("1" * 40), TASK: [P], "stays": [W]}
    after = {**bits("0" * 40), TASK: [W], "stays": [P]}
    a = make_run(tmp_path / "a|`b`<i>", "bench<&>", before)
    b = make_run(tmp_path / "b\x1b[1m@team %0A", "bench<&>", after, verdict=hostile)
    return gate(Plan(checks=(Check(baseline=a, candidate=b, least={"pass@1": 0.9}),)))


@pytest.fixture
def every(worse: GateResult, tmp_path: Path) -> GateResult:
    """A gate with a check of each decision."""
    a = make_run(tmp_path / "a", "good", bits("1" * 200))
    b = make_run(tmp_path / "b", "good", bits("1" * 200))
    c = make_run(tmp_path / "c", "few", bits("10" * 5))
    d = make_run(tmp_path / "d", "few", bits("10" * 4 + "01"))
    more = gate(Plan(checks=(Check(baseline=a, candidate=b), Check(baseline=c, candidate=d))))
    return msgspec.structs.replace(worse, checks=(*worse.checks, *more.checks))


def test_junit_is_valid_and_counts_right(every: GateResult) -> None:
    document = junit(every)
    parsed = etree.fromstring(document)
    etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd")).assertValid(parsed)
    for suite in parsed.iter("testsuite"):
        cases = suite.findall("testcase")
        assert int(suite.get("tests")) == len(cases)
        assert int(suite.get("failures")) == sum(case.find("failure") is not None for case in cases)
        assert int(suite.get("errors")) == sum(case.find("error") is not None for case in cases)
    bad, good, few = parsed.iter("testsuite")
    # the drop, the least value and the whole, and 41 lost tasks
    assert (bad.get("name"), bad.get("failures"), bad.get("errors")) == ("bench<&>", "44", "0")
    assert (good.get("failures"), good.get("errors"), good.get("tests")) == ("0", "0", "202")
    assert (few.get("failures"), few.get("errors")) == ("1", "2")
    assert parsed.get("failures") == "45"


def test_junit_holds_hostile_text_as_text(worse: GateResult) -> None:
    parsed = etree.fromstring(junit(worse))
    (case,) = (case for case in parsed.iter("testcase") if case.get("name", "").startswith("x"))
    failure = case.find("failure")
    assert failure is not None
    assert len(failure) == 0
    assert "]]><failure/>&amp;<!--\\x00\\x08\\x1b[31m" in (failure.text or "")
    assert "\\u202e\\ufffe" in (failure.text or "")


def test_junit_of_several_samples_fails_only_lost_tasks(tmp_path: Path) -> None:
    a = make_run(tmp_path / "a", "bench", bits("1111 1110 1000 1111"))
    b = make_run(tmp_path / "b", "bench", bits("1110 1000 0000 1111"))
    parsed = etree.fromstring(junit(gate(Plan(checks=(Check(baseline=a, candidate=b),)))))
    failed = [case.get("name") for case in parsed.iter("testcase") if case.find("failure") is not None]
    assert failed == ["Task/1"]


def test_sarif_is_valid_and_points_to_the_lines(every: GateResult) -> None:
    log = json.loads(sarif(every))
    schema = json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text("utf-8"))
    jsonschema.Draft4Validator(schema).validate(log)
    (run,) = log["runs"]
    rules = [each["ruleId"] for each in run["results"]]
    assert rules.count("regression") == 1
    assert rules.count("below-minimum") == 1
    assert rules.count("cannot-tell") == 1
    assert rules.count("lost-task") == 41
    assert all(
        run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"]
    )
    lines = [each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in run["results"]]
    verdicts = Path(every.checks[0].candidate.path, "verdicts.jsonl").read_bytes().split(b"\n")
    tasks = [each.task_id for each in every.checks[0].contrast.lost]  # type: ignore[union-attr] # it has a baseline
    assert [json.loads(verdicts[line - 1])["task_id"] for line in lines[2:43]] == tasks
    prints = [each["partialFingerprints"]["codeevalSubject/v1"] for each in run["results"]]
    assert len(set(prints)) == len(prints)


def test_sarif_messages_link_to_nothing(worse: GateResult) -> None:
    messages = [each["message"]["text"] for each in json.loads(sarif(worse))["runs"][0]["results"]]
    (lost,) = (each for each in messages if "from the id" in each)
    assert "\\[a\\](javascript:x)" in lost
    assert "{{0}}" in lost
    assert not re.search(r"(?<!\\)\[", lost)
    assert "\x1b" not in lost
    assert plain("\\[x]") == "\\\\\\[x\\]"


def test_sarif_places_are_relative_where_they_can_be(
    worse: GateResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def uri() -> str:
        results = json.loads(sarif(worse))["runs"][0]["results"]
        place: str = results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        return place

    assert uri().startswith("file:///")
    monkeypatch.chdir(tmp_path)
    assert uri() == "b%1B%5B1m%40team%20%250A/verdicts.jsonl"


def test_annotations_cannot_be_ended_or_begun_by_a_text(worse: GateResult) -> None:
    found = list(workflow_commands(worse))
    assert len(found) == 10
    assert found[0].startswith("::error title=codeeval bench<&>%3A ")
    for line in found:
        assert re.fullmatch(r"::(error|warning|notice) [^\n\r\x1b]*", line)
        properties = line.split(" ", 1)[1].split("::", 1)[0]
        assert all(re.fullmatch(r"(title|file|line)=[^:,]*", each) for each in properties.split(","))
    assert command("error", "100%\nx", file="a,b:c") == "::error file=a%2Cb%3Ac::100%25%0Ax"


def test_annotations_include_passing_checks(every: GateResult) -> None:
    levels = [line.split(" ")[0] for line in workflow_commands(every)]
    assert (levels[0], levels[-2], levels[-1]) == ("::error", "::notice", "::warning")


class Page(HTMLParser):
    """What a browser would see of Markdown's inline HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.tags.add(tag)


def test_markdown_shows_hostile_text_as_code(worse: GateResult) -> None:
    shown = markdown(worse)
    page = Page()
    page.feed(shown)
    assert page.tags <= {"code", "details", "summary"}
    outside = re.sub(r"<code>[^<]*</code>", "", shown)
    assert not re.search(r"[@`\[\]]|https?:|www\.|(?<!#)#\d|javascript", outside)
    inside = "".join(re.findall(r"<code>([^<]*)</code>", shown))
    assert not re.search(r"[@`|*_\[\]<>:/.\n]|\\\W", re.sub(r"&#\d+;", "", inside))
    columns = {
        line.count("|") for line in shown.splitlines() if line.startswith("|") and "before" not in line
    }
    assert columns <= {5, 8}, "a cell was split"
    assert shown.count("</details>") == shown.count("<details>") == 2


def test_markdown_states_the_decision(every: GateResult) -> None:
    shown = markdown(every)
    assert shown.startswith("## ❌ ")
    assert "✅ " in shown
    assert "❔ " in shown
    assert "| 100.0% | 100.0% | 0.0 pp (-1.9 pp to +1.9 pp, p 1.000) | 2 pp |" in shown
    assert "<details><summary>41 " in shown
    assert "more tasks" in shown


def test_markdown_fits_a_comment(tmp_path: Path) -> None:
    runs = []
    for index in range(12):
        tasks = {f"{'t' * 150}{index}-{i}": [P] for i in range(60)}
        a = make_run(tmp_path / f"a{index}", f"bench{index}", tasks)
        b = make_run(tmp_path / f"b{index}", f"bench{index}", {task: [W] for task in tasks}, verdict=hostile)
        runs.append(Check(baseline=a, candidate=b))
    shown = markdown(gate(Plan(checks=tuple(runs))))
    assert len(shown) < 65_000
    assert "More did not fit" in shown
    assert "and 10 more" in shown


def test_code_and_text() -> None:
    assert code("a_b|c") == "<code>a&#95;b&#124;c</code>"
    assert code("") == ""
    assert code("x" * 500).count("x") == 159
    assert text("see @a, not b") == "see <code>&#64;a&#44;</code> not b"


def test_every_decision_has_a_sign(every: GateResult) -> None:
    shown = {decision: markdown(msgspec.structs.replace(every, decision=decision)) for decision in Decision}
    assert len({each.splitlines()[0] for each in shown.values()}) == len(Decision)
