"""JavaScript on Node.js.

Source: MultiPL-E, evaluation/src/eval_js.py.
"""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome

EPILOGUE: Final = Epilogue(code=f"require('node:fs').writeSync(3, '{TOKEN_PLACEHOLDER}');")
MARKS: Final = Marks(
    # A SyntaxError that the program itself meets (JSON.parse, eval) has come that far.
    syntax=(r"^SyntaxError: .*\n\s+at (?:internalCompileFunction|wrapSafe) ",),
    memory=(r"^FATAL ERROR: .*heap out of memory", r"^FATAL ERROR: .*[Aa]llocation failed"),
    assertion=(r"^AssertionError ", r"code: 'ERR_ASSERTION'"),
)
BOMB_BYTES: Final = 384 << 20


def self_tests(head: str = "") -> tuple[SelfTest, ...]:
    """Make the self-tests that JavaScript and TypeScript share.

    Args:
        head: what comes before them, on a line of its own.
    """
    tests = f"{head}const assert = require('node:assert');\n\nfunction test() {{\n%s}}\n\ntest();"
    return (
        SelfTest(
            name="echo",
            source=f"{head}const word = require('fs').readFileSync(0, 'utf8').trim();\n"
            "console.log(word.split('').reverse().join(''));\n",
            stdin="olleh",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(name="passes", source=tests % "  assert.deepEqual([1 + 1],[2]);\n", outcome=Outcome.PASSED),
        SelfTest(
            name="assertion",
            source=tests % "  assert.deepEqual([1 + 1],[3]);\n",
            outcome=Outcome.WRONG_ANSWER,
        ),
        SelfTest(
            name="exception", source=tests % "  throw new Error('no');\n", outcome=Outcome.RUNTIME_ERROR
        ),
        SelfTest(name="parses-later", source=tests % "  JSON.parse('{');\n", outcome=Outcome.RUNTIME_ERROR),
        SelfTest(name="syntax", source=tests % "  if {\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(name="endless-loop", source=tests % "  for (;;) {}\n", outcome=Outcome.TIMEOUT, cpu_s=1.0),
        SelfTest(
            name="memory-bomb",
            source=tests % "  const all = [];\n  for (;;) all.push(new Array(1 << 20).fill(all.length));\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=BOMB_BYTES,
        ),
        SelfTest(
            name="early-exit",
            source=tests % "  require('node:process').exit(0);\n",
            outcome=Outcome.INCOMPLETE,
        ),
    )


JAVASCRIPT: Final = Language(
    id="javascript",
    title="JavaScript",
    fences=("javascript", "js", "node", "mjs"),
    source_name="main.js",
    image="node",
    run=Command(argv=("node", "main.js"), limits=Limits(cpu_s=5.0, wall_s=20.0, memory_bytes=1536 << 20)),
    epilogue=EPILOGUE,
    marks=MARKS,
    cheats=Cheats(
        stub="  throw new Error();\n",
        leave="  process.exit(0);\n",
        forge="  require('fs').writeSync(3, '%s');\n  process.exit(0);\n",
        end="}\n",
    ),
    self_tests=self_tests(),
)
