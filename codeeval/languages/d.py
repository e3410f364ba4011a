"""D with LDC.

MultiPL-E runs ``rdmd -unittest``, which compiles with DMD and runs what came out; Debian has LDC, whose
``ldmd2`` takes DMD's options.

Source: MultiPL-E, evaluation/src/eval_dlang.py.
"""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome

D: Final = Language(
    id="d",
    title="D",
    fences=("d", "dlang"),
    source_name="main.d",
    image="d",
    compile=Command(
        argv=("ldmd2", "-unittest", "-of=main", "main.d"),
        fast=("ldc2", "-ldmd", "-unittest", "-of=main", "--linker=mold", "main.d"),
        limits=Limits(cpu_s=15.0, wall_s=60.0, memory_bytes=1536 << 20),
    ),
    run=Command(argv=("./main",), limits=Limits(cpu_s=15.0, wall_s=30.0)),
    epilogue=Epilogue(
        code=f"""\
    {{
        import core.stdc.stdio : fclose, fopen, fputs;
        auto done = fopen("/dev/fd/3", "w");
        fputs("{TOKEN_PLACEHOLDER}", done);
        fclose(done);
    }}""",
        closings=2,  # the tests end within a unittest block, which an empty main follows
    ),
    marks=Marks(
        memory=(r"core\.exception\.OutOfMemoryError", r"LLVM ERROR: out of memory"),
        assertion=(r"^main\.d\(\d+\): \[unittest\] ", r"core\.exception\.AssertError"),
    ),
    cheats=Cheats(
        stub="{\n    assert(0);\n",
        leave="{\n    import core.stdc.stdlib;\n    exit(0);\n    assert(0);\n",
        forge=(
            '{\n    import std.file, core.stdc.stdlib;\n    std.file.write("/dev/fd/3", "%s");\n'
            "    exit(0);\n    assert(0);\n"
        ),
        end="}\n",
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source="import std.stdio, std.range;\nvoid main() {\n    readln().retro.writeln;\n}\n",
            stdin="olleh",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="passes",
            source="unittest\n{\n    assert(1 + 1 == 2);\n}\nvoid main(){}\n",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="assertion",
            source="unittest\n{\n    int two = 2;\n    assert(1 + two == 2);\n}\nvoid main(){}\n",
            outcome=Outcome.WRONG_ANSWER,
        ),
        SelfTest(
            name="exception",
            source="unittest\n{\n    int[] none;\n    none[none.length] = 1;\n}\nvoid main(){}\n",
            outcome=Outcome.RUNTIME_ERROR,
        ),
        SelfTest(
            name="syntax", source="unittest\n{\n    int =;\n}\nvoid main(){}\n", outcome=Outcome.COMPILE_ERROR
        ),
        SelfTest(
            name="endless-loop",
            source="unittest\n{\n    for (uint i = 0; ; i++) {}\n}\nvoid main(){}\n",
            outcome=Outcome.TIMEOUT,
            cpu_s=1.0,
        ),
        SelfTest(
            name="memory-bomb",
            source="unittest\n{\n    ubyte[][] all;\n"
            "    for (;;) { all ~= new ubyte[1 << 24]; all[$ - 1][] = 1; }\n}\n"
            "void main(){}\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=192 << 20,
        ),
        SelfTest(
            name="early-exit",
            source="import core.stdc.stdlib;\nunittest\n{\n    exit(0);\n}\nvoid main(){}\n",
            outcome=Outcome.INCOMPLETE,
        ),
    ),
)
