"""A gate's answer as JUnit XML: a suite for each check, a case for each decision and each task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never
from xml.etree import ElementTree as ET

from codeeval.formatting import visible
from codeeval.gating import Decision, Tier

if TYPE_CHECKING:
    from codeeval.comparison import Contrast, TaskChange
    from codeeval.gating import Absent, CheckResult, GateResult

HALF: Final = 0.5


def junit(result: GateResult) -> bytes:
    """Return the XML that Jenkins, GitLab and others read.

    A decision *worse* is a failure, *cannot tell* an error; where its tier gives it no say, either is
    skipped. A task fails where most of its samples passed before and most fail now; for one sample a task
    that is every lost task, and for more it excludes what sampling alone changes.

    Source: the schema of Jenkins' xUnit plugin (junit-10.xsd).
    """
    root = ET.Element("testsuites", name="codeeval gate")
    for check in result.checks:
        root.append(_suite(check))
    root.extend(map(_absent, result.absent))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(check: CheckResult) -> ET.Element:
    suite = ET.Element("testsuite", name=visible(check.benchmark))
    _properties(suite, check)
    decisions = [
        *(
            (f"{each.contrast.metric} against the baseline", each.decision, each.reason)
            for each in check.drops
        ),
        *((f"{each.metric} at least {each.least:g}", each.decision, each.reason) for each in check.floors),
        ("gate", check.decision, check.reason),
    ]
    for name, decision, reason in decisions:
        suite.append(_decision(check, name, decision, reason))
    if check.contrast:
        changes = {each.task_id: each for each in check.contrast.lost}
        for task in check.contrast.common:
            suite.append(_task(check, check.contrast, task, changes.get(task)))
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", str(sum(case.find("error") is not None for case in cases)))
    return suite


def _absent(absent: Absent) -> ET.Element:
    """Make a suite of a check without a run: an error, unless it is advisory."""
    advisory = absent.tier is Tier.ADVISORY
    suite = ET.Element(
        "testsuite", name=visible(absent.benchmark), tests="1", failures="0", errors="0" if advisory else "1"
    )
    case = ET.SubElement(suite, "testcase", classname=visible(absent.benchmark), name="gate")
    ET.SubElement(case, "skipped" if advisory else "error", message=visible(absent.reason))
    return suite


def _properties(suite: ET.Element, check: CheckResult) -> None:
    values = {
        "candidate": check.candidate.path,
        "candidate.model": check.candidate.model,
        **(
            {"baseline": check.baseline.path, "baseline.model": check.baseline.model}
            if check.baseline
            else {}
        ),
        **{f"warning.{number}": text for number, text in enumerate(check.warnings, 1)},
    }
    properties = ET.SubElement(suite, "properties")
    for name, value in values.items():
        ET.SubElement(properties, "property", name=name, value=visible(value))


def _decision(check: CheckResult, name: str, decision: Decision, reason: str) -> ET.Element:
    case = ET.Element("testcase", classname=visible(check.benchmark), name=visible(name))
    match decision:
        case Decision.WORSE | Decision.CANNOT_TELL if not check.counts:
            told = ET.SubElement(case, "skipped", message=visible(reason))
        case Decision.WORSE:
            told = ET.SubElement(case, "failure", type=decision.value, message=visible(reason))
        case Decision.CANNOT_TELL:
            told = ET.SubElement(case, "error", type=decision.value, message=visible(reason))
        case Decision.BETTER | Decision.NOT_WORSE:
            told = ET.SubElement(case, "system-out")
        case unreachable:
            assert_never(unreachable)
    told.text = visible("\n".join([reason, *(each.needs for each in check.drops if each.needs)]))
    return case


def _task(check: CheckResult, contrast: Contrast, task: str, lost: TaskChange | None) -> ET.Element:
    case = ET.Element("testcase", classname=visible(check.benchmark), name=visible(task))
    if lost is None:
        return case
    message = f"passed {lost.baseline:.0%} in the {contrast.baseline}, {lost.candidate:.0%} now"
    if lost.baseline >= HALF > lost.candidate and check.tier is not Tier.ADVISORY:
        failure = ET.SubElement(case, "failure", type="lost", message=visible(message))
        if lost.example:
            failure.text = visible(
                f"sample {lost.example.sample}: {lost.example.outcome}\n{lost.example.detail}"
            )
    else:
        ET.SubElement(case, "system-out").text = visible(message)
    return case
