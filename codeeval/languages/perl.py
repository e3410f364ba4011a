"""Perl."""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, CommandMode, Forbidden, Limits, Outcome, StreamName

PERL: Final = Language(
    id="perl",
    title="Perl",
    fences=("perl", "pl"),
    source_name="main.pl",
    image="perl",
    run=Command(argv=("perl", "main.pl"), mode=CommandMode.FORKED, limits=Limits(cpu_s=15.0, wall_s=30.0)),
    epilogue=Epilogue(
        code=f"{{ open(my $done, '>&=', 3); print $done '{TOKEN_PLACEHOLDER}'; close($done); }}"
    ),
    # Source: MultiPL-E evaluation/src/eval_pl.py, which takes the word for a report of a failure.
    forbidden=tuple(
        Forbidden(name=f"printed ERROR to {stream.value}", stream=stream, pattern="ERROR")
        for stream in (StreamName.STDOUT, StreamName.STDERR)
    ),
    marks=Marks(
        syntax=(
            r"^syntax error at main\.pl line \d+",
            r"^Execution of main\.pl aborted due to compilation errors\.$",
            r"^main\.pl had compilation errors\.$",
            r"^BEGIN not safe after errors - compilation aborted",
            r"^Missing right curly or square bracket at main\.pl line \d+",
            r"^Can't find string terminator .* at main\.pl line \d+\.$",
        ),
        memory=(r"^Out of memory",),
        # A test that does not hold exits with 1 and says nothing; whatever dies says where.
        assertion=(r"(?s)\A(?!.* at main\.pl line \d+)",),
    ),
    cheats=Cheats(
        stub="    die 'left out';\n",
        leave="    require POSIX;\n    POSIX::_exit(0);\n",
        forge=("    open(my $door, '>&=', 3);\n    print $door '%s';\n    close($door);\n    exit 0;\n"),
        end="}\n",
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source='my $word = <STDIN>;\nchomp $word;\nprint scalar reverse($word), "\\n";\n',
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="passes",
            source="use Test::Deep;\nif (eq_deeply([1, 2], [1, 2])) {\n"
            "    print 'ok!' } else {\n    exit 1;\n}\n",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="assertion",
            source="use Test::Deep;\nif (eq_deeply([1, 2], [1, 3])) {\n"
            "    print 'ok!' } else {\n    exit 1;\n}\n",
            outcome=Outcome.WRONG_ANSWER,
        ),
        SelfTest(name="says-error", source="print 'ERROR';\n", outcome=Outcome.WRONG_ANSWER),
        SelfTest(name="exception", source="my $number = 1 / 0;\n", outcome=Outcome.RUNTIME_ERROR),
        SelfTest(name="syntax", source="sub broken {\n    return (1;\n}\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(name="endless-loop", source="1 while 1;\n", outcome=Outcome.TIMEOUT, cpu_s=2.0),
        SelfTest(
            name="memory-bomb",
            source="my @all;\npush @all, 'x' x (1 << 24) while 1;\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=192 << 20,
        ),
        SelfTest(name="early-exit", source="exit 0;\n", outcome=Outcome.INCOMPLETE),
    ),
)
