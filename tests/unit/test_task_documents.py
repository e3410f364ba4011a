"""The tables of fields in the card and in docs/tasks.md are those of the schema."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from codeeval.benchmarks.tasks.benchmark import Tasks
from codeeval.datasets.task_files import CaseEntry, CheckerEntry, LimitsEntry, TaskEntry, json_schema
from codeeval.interfaces import BenchmarkOptions, DataSource

ROOT = Path(__file__).resolve().parents[2]
TABLES = {"fields": TaskEntry, "cases": CaseEntry, "checker": CheckerEntry, "limits": LimitsEntry}
KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


def kind(field: dict[str, Any], definitions: dict[str, Any]) -> str:  # Any: a JSON Schema
    """What a field may be, in words: ``text or list of text``."""
    if "$ref" in field:
        target = definitions[field["$ref"].rpartition("/")[2]]
        return " or ".join(f"`{each}`" for each in target["enum"]) if "enum" in target else "object"
    if "anyOf" in field:
        kinds = [kind(each, definitions) for each in field["anyOf"] if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if field.get("type") == "array":
        return f"list of {kind(field['items'], definitions)}"
    return KINDS.get(field.get("type", ""), "anything")


def table(of: type) -> str:
    schema = json_schema()
    definitions = schema["$defs"]
    properties = definitions[of.__name__]["properties"]
    needed = definitions[of.__name__].get("required", ())
    lines = ["| field | | meaning |", "|---|---|---|"]
    for name in of.__struct_fields__:  # type: ignore[attr-defined]  # a struct
        field = properties[name]
        shown = f"**`{name}`**" if name in needed else f"`{name}`"
        text = field.get("description") or " ".join(
            each["description"] for each in field.get("anyOf", ()) if each.get("description")
        )
        lines.append(f"| {shown} | {kind(field, definitions)} | {text} |")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "document", [Tasks.folder / "README.md", ROOT / "docs" / "tasks.md"], ids=["card", "docs"]
)
def test_tables_of_fields(document: Path) -> None:
    text = document.read_text("utf-8")
    found = dict(re.findall(r"<!-- (\w+): begin -->\n(.*?)<!-- \1: end -->", text, flags=re.DOTALL))
    assert found
    for name, shown in found.items():
        assert shown == table(TABLES[name]), f"{document}: table {name}"


def test_the_published_schema() -> None:
    assert json.loads((ROOT / "docs" / "tasks.schema.json").read_text("utf-8")) == json_schema()


def examples() -> list[dict[str, Any]]:  # Any: tasks
    text = (ROOT / "docs" / "tasks.md").read_text("utf-8")
    return [
        json.loads(block)
        for block in re.findall(r"^```json\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    ]


def test_the_examples_of_the_documentation_are_tasks(tmp_path: Path) -> None:
    file = tmp_path / "examples.jsonl"
    file.write_text("".join(json.dumps(example) + "\n" for example in examples()))
    loaded = Tasks(BenchmarkOptions(variant=str(file))).load(DataSource())
    assert len(loaded.problems) >= 6
    assert all(problem.reference for problem in loaded.problems)
