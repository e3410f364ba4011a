"""The blocks of the documents do what they promise, a page at a time, as a reader would type them.

A block is executed unless the line before it states what it needs: ``<!-- needs: a GPU -->``. The commands of
those are parsed by ``tests/unit/test_documented_commands.py``. ``<!-- exit: 2 -->`` states another exit code
than 0.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.documents import ROOT, blocks, pages

if TYPE_CHECKING:
    from pathlib import Path

    from support.documents import Block

pytestmark = pytest.mark.bubblewrap

PAGES = [page for page in pages() if any(not block.needs for block in blocks(page))]


def execute(block: Block, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",  # noqa: PTH120 -- not resolved: a venv
        "DOCKER_HOST": "unix:///nonexistent",  # bubblewrap, as on a machine without an engine
        "CODEEVAL_CACHE": "off",
    }
    text = f"set -eu\n{block.text}"
    command = [sys.executable, "-c", block.text] if block.language == "python" else ["bash", "-c", text]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=250, check=False
    )


def test_the_pages_that_teach_are_among_them() -> None:
    names = {str(page.relative_to(ROOT)) for page in PAGES}
    teaching = {f"docs/{path.relative_to(ROOT / 'docs')}" for path in (ROOT / "docs/tutorials").glob("*.md")}
    assert teaching | {"README.md", "docs/index.md", "docs/export.md", "docs/coming-from.md"} <= names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_run(page: Path, tmp_path: Path) -> None:
    for block in blocks(page):
        if not block.needs:
            done = execute(block, tmp_path)
            assert done.returncode == block.exit_code, f"{block.place}\n{done.stdout}\n{done.stderr}"
