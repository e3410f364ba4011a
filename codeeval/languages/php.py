"""PHP."""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome

PHP: Final = Language(
    id="php",
    title="PHP",
    fences=("php",),
    source_name="main.php",
    image="php",
    run=Command(argv=("php", "main.php"), limits=Limits(cpu_s=15.0, wall_s=30.0)),
    epilogue=Epilogue(code=f"file_put_contents('php://fd/3', '{TOKEN_PLACEHOLDER}');"),
    marks=Marks(
        syntax=(r"^(PHP )?Parse error: ",),
        memory=(r"Fatal error: +Allowed memory size of", r"Fatal error: +Out of memory", r"^Out of memory"),
        assertion=(r"Uncaught Exception: Test failed!",),
    ),
    cheats=Cheats(
        stub="    throw new Exception('left out');\n",
        leave="    exit(0);\n",
        forge="    file_put_contents('php://fd/3', '%s');\n    exit(0);\n",
        end="}\n",
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source="<?php\necho strrev(trim(fgets(STDIN))), PHP_EOL;\n",
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="passes",
            source='<?php\nif (2 + 2 !== 4) { throw new Exception("Test failed!"); }\n',
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="assertion",
            source='<?php\nif (2 + 2 !== 5) { throw new Exception("Test failed!"); }\n',
            outcome=Outcome.WRONG_ANSWER,
        ),
        SelfTest(name="exception", source="<?php\nintdiv(1, 0);\n", outcome=Outcome.RUNTIME_ERROR),
        SelfTest(name="syntax", source="<?php\nfunction broken( {\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(name="endless-loop", source="<?php\nwhile (true) {}\n", outcome=Outcome.TIMEOUT, cpu_s=1.0),
        SelfTest(
            name="memory-bomb",
            source="<?php\n$all = [];\nwhile (true) { $all[] = str_repeat('x', 1 << 24); }\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=192 << 20,
        ),
        SelfTest(name="early-exit", source="<?php\nexit(0);\n", outcome=Outcome.INCOMPLETE),
    ),
)
