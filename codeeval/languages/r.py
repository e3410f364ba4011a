"""R."""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, CommandMode, Limits, Outcome

BEFORE: Final = "test_humaneval <- function() {\n    "
AFTER: Final = "\n}\ntest_humaneval()\n"

R: Final = Language(
    id="r",
    title="R",
    fences=("r", "rscript"),
    source_name="main.R",
    image="r",
    run=Command(argv=("Rscript", "main.R"), mode=CommandMode.FORKED, limits=Limits(cpu_s=5.0, wall_s=20.0)),
    epilogue=Epilogue(code=f"base::cat('{TOKEN_PLACEHOLDER}', file = '/dev/fd/3')"),
    marks=Marks(
        syntax=(r"^Error: (unexpected|incomplete|invalid|malformed) ", r"^Error: .* \(main\.R:\d+:\d+\)$"),
        memory=(r"^Error: cannot allocate (vector|memory)", r"^Error: vector memory .*exhausted"),
        assertion=(r"^(?=Error.*: \S|  \S).* (is not|are not all) TRUE$",),
    ),
    cheats=Cheats(
        stub="    stop('left out')\n",
        leave="    quit(status = 0)\n",
        forge="    cat('%s', file = '/dev/fd/3')\n    quit(status = 0)\n",
        end="}\n",
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source="word <- readLines(file('stdin'), 1)\n"
            "cat(paste(rev(strsplit(word, '')[[1]]), collapse = ''), '\\n', sep = '')\n",
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="passes",
            source=BEFORE + "stopifnot(isTRUE(all.equal(1 + 1, 2)))" + AFTER,
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="assertion",
            source=BEFORE + "stopifnot(isTRUE(all.equal(1 + 1, 3)))" + AFTER,
            outcome=Outcome.WRONG_ANSWER,
        ),
        SelfTest(name="exception", source=BEFORE + "stop('no')" + AFTER, outcome=Outcome.RUNTIME_ERROR),
        SelfTest(name="syntax", source="broken <- function( {\n}\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(name="endless-loop", source="while (TRUE) 1\n", outcome=Outcome.TIMEOUT, cpu_s=2.0),
        SelfTest(
            name="memory-bomb",
            source="all <- list()\nrepeat all[[length(all) + 1]] <- rep(1, 2e6)\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=256 << 20,
        ),
        SelfTest(name="early-exit", source="quit(status = 0)\n", outcome=Outcome.INCOMPLETE),
    ),
)
