"""Writes the problem packages of datasets as the folders that judges have."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


LINK = re.compile(r"\.\./\S+\.(?:in|ans)")


def write(path: Path, text: str) -> None:
    """Write a file; what Git has as a link is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if LINK.fullmatch(text):
        path.symlink_to(text)
    else:
        path.write_bytes(text.encode())


# Any: rows as Parquet has them
def kattis_package(row: Mapping[str, Any], folder: Path) -> Path:
    """Write a row of Kattis' examples as a package."""
    package = folder / row["id"]
    write(package / "problem.yaml", row["problem_yaml"])
    write(package / "problem_statement" / "problem.en.tex", row["statement"])
    for test in row["tests"]:
        write(package / "data" / f"{test['name']}.in", test["input"] or "")
        if test["answer"]:
            write(package / "data" / f"{test['name']}.ans", test["answer"])
    for each in row["interactions"]:
        write(package / "data" / each["name"], each["text"])
    for each in row["output_validator"]:
        write(package / "output_validators" / each["name"], each["source"])
    for each in row["submissions"]:
        write(package / "submissions" / each["expected"] / each["name"], each["source"])
    return package


# Any: as above
def library_checker_package(
    row: Mapping[str, Any], folder: Path, parameters: Mapping[str, int] | None = None
) -> Path:
    """Write a row of Library Checker as a package with the examples as tests; outputs are to be made."""
    package = folder / row["category"] / row["id"]
    numbers = counted(each["name"] for each in row["example_inputs"])
    lines = [f"title = {json.dumps(row['title'])}", f"timelimit = {row['time_limit']}"]
    for name, number in numbers.items():
        lines += ["[[tests]]", f'name = "{name}.in"', f"number = {number}"]
    for each in row["solutions"]:
        lines += ["[[solutions]]", f"name = {json.dumps(each['name'])}", f'expect = "{each["expect"]}"']
        lines += [
            f"allow_tle = {json.dumps(each['allow_tle'])}",
            f"allow_re = {json.dumps(each['allow_re'])}",
        ]
        write(package / "sol" / each["name"], each["source"] or "")
    lines += ["[params]", *(f"{name} = {value}" for name, value in (parameters or {}).items())]
    write(package / "info.toml", "\n".join(lines) + "\n")
    write(package / "task.md", row["task"])
    write(package / "hash.json", row["output_sha256"])
    if row["checker"]:
        write(package / "checker.cpp", row["checker"])
    for each in row["example_inputs"]:
        write(package / "gen" / each["name"], each["input"])
    return package


def counted(names: Iterable[str]) -> dict[str, int]:
    """Return how many tests each entry has, of names such as ``example_00.in``."""
    found: dict[str, int] = {}
    for name in names:
        stem = re.sub(r"_\d+\.in$", "", name)
        found[stem] = found.get(stem, 0) + 1
    return found
