"""TypeScript: type-checked and translated by its compiler, run by Node.js.

Source: MultiPL-E, evaluation/src/eval_ts.py.
"""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Language, Script, SelfTest
from codeeval.languages.javascript import EPILOGUE, MARKS, self_tests
from codeeval.types import CommandMode, Limits, Outcome, SourceFile

RUN: Final = Command(
    argv=("node", "main.js"), limits=Limits(cpu_s=15.0, wall_s=45.0, memory_bytes=1536 << 20)
)
COMPILE_LIMITS: Final = Limits(cpu_s=15.0, wall_s=60.0, memory_bytes=1536 << 20)
NODE: Final = "node.d.ts"
NODE_TYPES: Final = """\
declare module "*";
declare var require: any;
declare var module: any;
declare var process: any;
declare var Buffer: any;
declare var __dirname: string;
declare var __filename: string;
"""
"""The image has no types of Node.js; a program that reads standard input cannot do without its modules."""
HEAD: Final = "declare var require: any;\n"

TYPESCRIPT: Final = Language(
    id="typescript",
    title="TypeScript",
    fences=("typescript", "ts"),
    source_name="main.ts",
    image="node",
    compile=Command(
        argv=("tsc", "--target", "esnext", "main.ts"),
        mode=CommandMode.SERVED,
        limits=COMPILE_LIMITS,
    ),
    run=RUN,
    script=Script(
        source_name="main.ts",
        compile=Command(
            argv=("tsc", "--target", "esnext", "--module", "commonjs", "main.ts", NODE),
            mode=CommandMode.SERVED,
            limits=COMPILE_LIMITS,
        ),
        run=RUN,
        support=(SourceFile(path=NODE, content=NODE_TYPES),),
    ),
    epilogue=EPILOGUE,
    marks=MARKS,
    cheats=Cheats(
        stub="  throw new Error();\n",
        leave="  (globalThis as any).process.exit(0);\n  throw new Error();\n",
        forge=(
            "  (globalThis as any).process.mainModule.require('fs').writeSync(3, '%s');\n"
            "  (globalThis as any).process.exit(0);\n  throw new Error();\n"
        ),
        end="}\n",
    ),
    self_tests=(
        *self_tests(HEAD),
        SelfTest(name="type-error", source=f"{HEAD}const word: string = 1;\n", outcome=Outcome.COMPILE_ERROR),
    ),
)
