"""The documentation site builds offline without a warning, and has what it promises."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.documents import DOCS, ROOT

import codeeval

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder


def test_it_has_every_page_card_and_public_name(site: Path) -> None:
    built = {str(path.parent.relative_to(site)) for path in site.rglob("index.html")}
    wanted = {str(path.relative_to(DOCS).with_suffix("")) for path in DOCS.rglob("*.md")} - {"index"}
    wanted |= {f"protocols/{path.parent.name}" for path in (ROOT / "benchmarks").glob("*/README.md")}
    assert wanted <= built
    reference = (site / "reference" / "index.html").read_text("utf-8")
    names = {name.rpartition(".")[2] for name in re.findall(r'<h2 id="codeeval\.([\w.]+)"', reference)}
    assert names == set(codeeval.__all__)
    assert "Sample completions from a model, execute them" in reference  # a docstring, not its name alone


def test_it_asks_no_other_server_for_anything(site: Path) -> None:
    loaded = [
        (path.name, found)
        for path in site.rglob("*.html")
        for found in re.findall(
            r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(https?://[^"]+)"', path.read_text("utf-8")
        )
    ]
    assert loaded == []


def test_links_into_the_repository_lead_to_the_site_or_name_the_file(site: Path) -> None:
    clusters = (site / "clusters" / "index.html").read_text("utf-8")
    assert "<code>examples/clusters/slurm.sh</code>" in clusters
    surge = (site / "surge" / "index.html").read_text("utf-8")
    assert 'href="../protocols/surrogate/"' in surge
