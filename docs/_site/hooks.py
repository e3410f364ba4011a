"""What MkDocs adds to the pages in ``docs``: protocol cards, the reference, and links that hold on the site.

Cards stay where their benchmarks are, and the reference is made of docstrings, so neither is written twice.
"""

from __future__ import annotations

import ast
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
CARDS = "protocols"
_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")
_FENCE = re.compile(r"^(```.*?^```)", re.MULTILINE | re.DOTALL)


def cards() -> dict[str, Path]:
    """Return the protocol cards by family."""
    return {path.parent.name: path for path in sorted((ROOT / "benchmarks").glob("*/README.md"))}


def reference() -> str:
    """Return the page of the public names, each where it is defined."""
    tree = ast.parse((ROOT / "codeeval" / "__init__.py").read_text("utf-8"))
    modules: dict[str, str] = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_MODULES"
    )
    head = (
        "# Reference\n\nThe public names of `codeeval`; a change of one is announced a minor version ahead.\n"
    )
    return head + "".join(f"\n::: {module}.{name}\n" for name, module in modules.items())


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the cards in the navigation."""
    for entry in config.nav or []:
        if "Protocol cards" in entry:
            entry["Protocol cards"] = [{family: f"{CARDS}/{family}.md"} for family in cards()]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made."""
    for family, path in cards().items():
        files.append(File.generated(config, f"{CARDS}/{family}.md", content=path.read_text("utf-8")))
    files.append(File.generated(config, "reference.md", content=reference()))
    return files


def on_page_markdown(
    markdown: str,
    page: Page,
    config: MkDocsConfig,  # noqa: ARG001 -- MkDocs passes it
    files: Files,
) -> str:
    """Turn links into the repository into links on the site; what is not there is named by its path."""
    uri = page.file.src_uri
    card = uri.startswith(f"{CARDS}/")
    family = posixpath.basename(uri).removesuffix(".md")
    folder = f"benchmarks/{family}" if card else posixpath.join("docs", posixpath.dirname(uri))

    def resolved(match: re.Match[str]) -> str:
        text, target, anchor = match["text"], match["target"], match["anchor"] or ""
        if "://" in target or target.startswith("mailto:"):
            return match[0]
        place = posixpath.normpath(posixpath.join(folder, target))
        found = _on_site(place)
        if found is None or files.get_file_from_path(found) is None:
            path = f"`{place}`"
            return path if text.strip("`") in (target, place) else f"{text} ({path})"
        link = posixpath.relpath(found, posixpath.dirname(uri) or ".")
        return f"{match['image']}[{text}]({link}{anchor})"

    parts = _FENCE.split(markdown)
    parts[::2] = [_LINK.sub(resolved, part) for part in parts[::2]]
    return "".join(parts)


def _on_site(place: str) -> str | None:
    """Return the page of a file of the repository."""
    if found := re.fullmatch(r"benchmarks/(\w+)(?:/README\.md)?", place):
        return f"{CARDS}/{found[1]}.md"
    return place.removeprefix("docs/") if place.startswith("docs/") else None
