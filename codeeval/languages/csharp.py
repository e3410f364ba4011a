"""C# with Mono."""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Lack, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Forbidden, Limits, Outcome, StreamName


def _main(body: str) -> str:
    return (
        "using System;\nusing System.Collections.Generic;\nusing System.Diagnostics;\nclass Problem {\n"
        f"    public static void Main(string[] args) {{\n    {body}\n    }}\n\n}}\n"
    )


CSHARP: Final = Language(
    id="csharp",
    title="C#",
    fences=("csharp", "cs", "c#"),
    source_name="main.cs",
    image="csharp",
    # MultiPL-E calls Mono's Roslyn, which no distribution packages; mcs takes the same options.
    compile=Command(
        argv=("mcs", "-d:DEBUG", "-r:System.Numerics.dll", "-out:main.exe", "main.cs"),
        limits=Limits(cpu_s=15.0, wall_s=45.0),
    ),
    run=Command(
        argv=("env", "MONO_TRACE_LISTENER=Console.Error", "mono", "main.exe"),
        limits=Limits(cpu_s=5.0, wall_s=20.0),
    ),
    epilogue=Epilogue(
        code=f"""\
    using (var done = System.IO.File.OpenWrite("/dev/fd/3")) {{
        var token = System.Text.Encoding.ASCII.GetBytes("{TOKEN_PLACEHOLDER}");
        done.Write(token, 0, token.Length);
    }}""",
        closings=2,
    ),
    # Source: MultiPL-E evaluation/src/eval_cs.py. A failed Debug.Assert is reported, the program continues.
    forbidden=(
        Forbidden(
            name="a Debug.Assert failed",
            stream=StreamName.STDERR,
            pattern=r"System\.Diagnostics\.DefaultTraceListener\.Fail",
        ),
        Forbidden(name="unhandled exception", stream=StreamName.STDERR, pattern="Unhandled Exception"),
    ),
    marks=Marks(
        memory=(r"OutOfMemoryException", r"^Out of memory", r"could not allocate"),
        assertion=(r"System\.Diagnostics\.DefaultTraceListener\.Fail",),
        lacks=(
            Lack(
                name="mcs lacks local functions (C# 7)",
                pattern=r"error CS1525: Unexpected symbol `\(', expecting `,', `;', or `='",
            ),
            Lack(
                name="mcs lacks switch expressions (C# 8)",
                pattern=r"error CS1525: Unexpected symbol `(?:switch'|=>', expecting `,')",
            ),
        ),
    ),
    cheats=Cheats(
        stub="        throw new NotImplementedException();",
        leave="        Environment.Exit(0); throw new Exception();",
        forge=(
            '        System.IO.File.WriteAllText("/dev/fd/3", "%s"); Environment.Exit(0); throw new '
            "Exception();"
        ),
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source=_main(
                "var word = Console.ReadLine().ToCharArray(); Array.Reverse(word); Console.WriteLine(word);"
            ),
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(name="passes", source=_main("Debug.Assert(2 + 2 == 4);"), outcome=Outcome.PASSED),
        SelfTest(name="assertion", source=_main("Debug.Assert(2 + 2 == 5);"), outcome=Outcome.WRONG_ANSWER),
        SelfTest(
            name="exception", source=_main("new List<long>().RemoveAt(1);"), outcome=Outcome.RUNTIME_ERROR
        ),
        SelfTest(name="syntax", source=_main("int broken = ;"), outcome=Outcome.COMPILE_ERROR),
        SelfTest(name="endless-loop", source=_main("while (true) {}"), outcome=Outcome.TIMEOUT, cpu_s=1.0),
        SelfTest(
            name="memory-bomb",
            source=_main(
                "var all = new List<byte[]>(); "
                "while (true) { var more = new byte[1 << 24]; new Random(1).NextBytes(more); all.Add(more); }"
            ),
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=192 << 20,
        ),
        SelfTest(name="early-exit", source=_main("Environment.Exit(0);"), outcome=Outcome.INCOMPLETE),
    ),
)
