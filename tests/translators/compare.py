"""How our translations compare with MultiPL-E's published rows.

``python tests/translators/compare.py --data-root DIR`` prints the table of ``docs/translators.md``;
``--write`` puts it there. ``--differences SUFFIX`` shows where prompts or tests differ in one language.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from published import BEGIN, DOCUMENT, END, differences, table


def main() -> None:
    """Print the table, or put it into the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--differences", metavar="LANGUAGE")
    asked = parser.parse_args()
    if asked.differences:
        sys.stdout.writelines(f"{line}\n" for line in differences(asked.differences, asked.data_root))
        return
    lines = "".join(f"{line}\n" for line in table(asked.data_root))
    if not asked.write:
        sys.stdout.write(lines)
        return
    before, _, rest = DOCUMENT.read_text("utf-8").partition(BEGIN)
    DOCUMENT.write_text(before + BEGIN + lines + END + rest.partition(END)[2], "utf-8")


if __name__ == "__main__":
    main()
