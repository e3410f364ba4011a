"""Problem packages end to end: tests are made, and the judge agrees with what is known of solutions."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from command import codeeval, complain, succeed
from support.packages import write

if TYPE_CHECKING:
    from collections.abc import Mapping

TESTLIB: Final = Path(__file__).parents[1] / "fixtures" / "packages" / "common"
INFO: Final = """\
title = "Pairs"
timelimit = 1.0
[[tests]]
name = "example.in"
number = 1
[[tests]]
name = "random.cpp"
number = 2
[[solutions]]
name = "other.cpp"
[[solutions]]
name = "zero.cpp"
expect = "WA"
[[solutions]]
name = "endless.cpp"
expect = "TLE"
[[solutions]]
name = "abort.cpp"
expect = "RE"
[params]
N_MAX = 1000
"""
CHECKER: Final = """\
#include "testlib.h"
#include "params.h"
int main(int argc, char* argv[]) {
    registerTestlibCmd(argc, argv);
    int n = inf.readInt(2, N_MAX, "n");
    int a = ouf.readInt(1, n, "a"), b = ouf.readInt(1, n, "b");
    if (a + b != n) quitf(_wa, "%d + %d is not %d", a, b, n);
    ouf.readEof();
    quitf(_ok, "%d + %d", a, b);
}
"""
READ: Final = '#include <cstdio>\n#include <cstdlib>\nint main() {\n    int n;\n    scanf("%d", &n);\n    '
PAIRS: Final[Mapping[str, str]] = {
    "info.toml": INFO,
    "task.md": "## @{keyword.statement}\n@{lang.en}\nPrint two numbers above 0 whose sum is n.\n",
    "checker.cpp": CHECKER,
    "gen/example_00.in": "2\n",
    "gen/random.cpp": (
        '#include <cstdio>\n#include <cstdlib>\n#include "../params.h"\n'
        'int main(int, char* argv[]) { printf("%lld\\n", N_MAX - atoi(argv[1])); }\n'
    ),
    "sol/correct.cpp": READ + 'printf("%d %d\\n", 1, n - 1);\n}\n',
    "sol/other.cpp": READ + 'printf("%d\\n%d", n / 2, n - n / 2);\n}\n',
    "sol/zero.cpp": READ + 'printf("0 %d\\n", n);\n}\n',
    "sol/endless.cpp": READ + "for (volatile int i = 0;; i++) {}\n}\n",
    "sol/abort.cpp": READ + "abort();\n}\n",
}
GUESS: Final[Mapping[str, str]] = {
    "problem.yaml": "name: Guess\ntype: interactive\nlimits:\n  time_limit: 2\n",
    "problem_statement/problem.en.tex": "Find a number from 1 to 100 in seven guesses.\n",
    "data/sample/1.in": "50\n",
    "data/secret/1.in": "1\n",
    "data/secret/2.in": "100\n",
    "output_validators/guess/validate.py": (
        "import sys\n"
        "number = int(open(sys.argv[1]).read())\n"
        "for _ in range(7):\n"
        "    line = sys.stdin.readline()\n"
        "    if not line.strip().isdecimal():\n"
        "        sys.exit(43)\n"
        "    guess = int(line)\n"
        "    print('correct' if guess == number else 'higher' if guess < number else 'lower', flush=True)\n"
        "    if guess == number:\n"
        "        open(sys.argv[3] + 'judgemessage.txt', 'w').write('found')\n"
        "        sys.exit(42)\n"
        "sys.exit(43)\n"
    ),
    "submissions/accepted/halves.py": (
        "low, high = 1, 100\n"
        "while True:\n"
        "    middle = (low + high) // 2\n"
        "    print(middle, flush=True)\n"
        "    answer = input()\n"
        "    if answer == 'correct':\n        break\n"
        "    low, high = (middle + 1, high) if answer == 'higher' else (low, middle - 1)\n"
    ),
    "submissions/accepted/modules/main.py": "from search import run\n\nrun(1, 100)\n",
    "submissions/accepted/modules/search.py": (
        "def run(low, high):\n"
        "    middle = (low + high) // 2\n"
        "    print(middle, flush=True)\n"
        "    answer = input()\n"
        "    if answer != 'correct':\n"
        "        run(*((middle + 1, high) if answer == 'higher' else (low, middle - 1)))\n"
    ),
    "submissions/wrong_answer/counts.py": (
        "for n in range(1, 101):\n    print(n, flush=True)\n    if input() == 'correct':\n        break\n"
    ),
    "submissions/run_time_error/crash.py": "print(50, flush=True)\nprint(1 // 0)\n",
}


def package(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        write(folder / name, text)
    return folder


@pytest.mark.docker
def test_a_package_of_library_checker_from_its_generators_to_the_audit(tmp_path: Path) -> None:
    folder = package(tmp_path / "pairs", PAIRS)
    shutil.copytree(TESTLIB, tmp_path / "common")
    texts = {"example_00.in": "2\n", "random_01.in": "999\n", "random_01.out": "1 998\n"}
    wrong = {"random_00.out": "0" * 64}
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    write(folder / "hash.json", json.dumps(hashes | wrong))
    sandbox = ("--sandbox", "docker", "--workers", "2")
    ended = codeeval("packages", "generate", folder, *sandbox, "--json", "-q", cwd=tmp_path)
    (made,) = json.loads(ended.out)
    assert (ended.code, made["problems"]) == (1, ["random_00.out: its SHA-256 is not that of hash.json"])
    assert (folder / "in" / "random_01.in").read_text() == "999\n"
    write(folder / "hash.json", json.dumps(hashes))
    (made,) = succeed("packages", "generate", folder, *sandbox, "--json", "-q", cwd=tmp_path).json
    assert (made["tests"], made["written"], made["kept"]) == (3, 1, 5)

    audit = succeed("audit", f"tasks:{folder}", *sandbox, "--json", "-q", cwd=tmp_path).json
    assert (audit["errors"], audit["undecided"]) == ([], [])
    assert audit["outcomes"] == {
        "PASSED": {"PASSED": 2},
        "WRONG_ANSWER": {"WRONG_ANSWER": 1},
        "TIMEOUT": {"TIMEOUT": 1},
        "RUNTIME_ERROR or MEMORY_LIMIT": {"RUNTIME_ERROR": 1},
    }


@pytest.mark.bubblewrap
def test_an_interactive_package_of_kattis(tmp_path: Path) -> None:
    name = f"tasks:{package(tmp_path / 'guess', GUESS)}"
    sandbox = ("--sandbox", "bubblewrap", "--workers", "1")
    audit = succeed("audit", name, *sandbox, "--json", "-q", cwd=tmp_path).json
    assert (audit["errors"], audit["undecided"], audit["judged"]) == ([], [], 4)
    assert audit["false_negatives"] | {"high": 0} == {"count": 0, "of": 2, "rate": 0.0, "low": 0.0, "high": 0}
    run = succeed("run", name, "--model", "reference:", *sandbox, "--json", "-q", cwd=tmp_path).json
    assert run["metrics"]["metrics"]["pass@1"]["value"] == 1.0


def test_folders_that_are_no_packages(tmp_path: Path) -> None:
    complain(4, "no problem package", of=codeeval("run", "tasks:.", "--model", "reference:", cwd=tmp_path))
    broken = package(tmp_path / "guess", {**GUESS, "problem.yaml": "name: ["})
    complain(4, "problem.yaml: no YAML", of=codeeval("doctor", f"tasks:{broken}", cwd=tmp_path))
