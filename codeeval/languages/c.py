"""C with GCC, in its default dialect; a function that falls off its end does not compile.

MultiPL-E has no C. What such a function returns is not defined: it may happen to be the right answer.
"""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome

C: Final = Language(
    id="c",
    title="C",
    fences=("c", "h"),
    source_name="main.c",
    image="gcc",
    compile=Command(
        argv=("gcc", "-Werror=return-type", "-o", "main", "main.c", "-lm"),
        limits=Limits(cpu_s=15.0, wall_s=60.0, memory_bytes=1536 << 20),
    ),
    run=Command(argv=("./main",), limits=Limits(cpu_s=15.0, wall_s=30.0)),
    epilogue=Epilogue(
        code=f"""\
    {{
        FILE* done = fopen("/dev/fd/3", "w");
        fputs("{TOKEN_PLACEHOLDER}", done);
        fclose(done);
    }}""",
        closings=1,
        needs="#include <stdio.h>",
    ),
    marks=Marks(
        memory=(r"cc1: out of memory",),
        assertion=(r"^main: .*: Assertion `.*' failed\.$",),
    ),
    cheats=Cheats(
        stub="    abort();",
        leave="    exit(0);",
        forge=('    FILE* f = fopen("/dev/fd/3", "w");\n    fputs("%s", f);\n    fclose(f);\n    exit(0);'),
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source='#include <stdio.h>\nint main() {\n    char word[9];\n    int n = scanf("%8s", word);\n'
            "    for (n = 4; n >= 0; n--) putchar(word[n]);\n}\n",
            stdin="olleh",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="passes",
            source="#include <assert.h>\n#include <stdio.h>\nint main() {\n    assert(1 + 1 == 2);\n}\n",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="assertion",
            source="#include <assert.h>\n#include <stdio.h>\nint main() {\n    assert(1 + 1 == 3);\n}\n",
            outcome=Outcome.WRONG_ANSWER,
        ),
        SelfTest(
            name="exception",
            source="#include <stdio.h>\nint main() {\n    *(volatile int *)0 = 1;\n}\n",
            outcome=Outcome.RUNTIME_ERROR,
        ),
        SelfTest(name="syntax", source="#include <stdio.h>\nint main( {\n}\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(
            name="endless-loop",
            source="#include <stdio.h>\nint main() {\n    for (volatile int i = 0;; i++) {}\n}\n",
            outcome=Outcome.TIMEOUT,
            cpu_s=1.0,
        ),
        SelfTest(
            name="memory-bomb",
            source="#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
            "int main() {\n    for (;;) memset(malloc(1 << 24), 1, 1 << 24);\n}\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=192 << 20,
        ),
        SelfTest(
            name="early-exit",
            source="#include <stdio.h>\n#include <stdlib.h>\nint main() {\n    exit(0);\n}\n",
            outcome=Outcome.INCOMPLETE,
        ),
    ),
)
