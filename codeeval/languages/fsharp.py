"""F# with .NET's script interpreter. Declared; its image and its self-tests have never been run."""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome

FSHARP: Final = Language(
    id="fsharp",
    title="F#",
    fences=("fsharp", "fs", "fsx", "f#"),
    source_name="main.fsx",
    image="fsharp",
    run=Command(
        argv=(
            "env",
            "DOTNET_CLI_TELEMETRY_OPTOUT=1",
            "DOTNET_NOLOGO=1",
            "dotnet",
            "fsi",
            "--debug",
            "main.fsx",
        ),
        limits=Limits(cpu_s=15.0, wall_s=45.0, memory_bytes=1536 << 20),
    ),
    epilogue=Epilogue(
        code=f"""\
let done' = System.IO.File.OpenWrite "/dev/fd/3"
let token' = System.Text.Encoding.ASCII.GetBytes "{TOKEN_PLACEHOLDER}"
done'.Write(token', 0, token'.Length)
done'.Close()"""
    ),
    marks=Marks(
        syntax=(r"main\.fsx\(\d+,\d+\): error FS\d+: ",),
        memory=(r"System\.OutOfMemoryException", r"^Out of memory"),
        assertion=(r"Assertion failed", r"DebugProvider\.DebugAssertException"),
    ),
    cheats=Cheats(
        stub='    failwith "left out"',
        leave="    exit 0",
        forge='    System.IO.File.WriteAllText("/dev/fd/3", "%s")\n    exit 0',
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source='printfn "%s" (System.String(Array.rev (System.Console.ReadLine().ToCharArray())))\n',
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="passes",
            source="let test() =\n  assert (2 + 2 = 4)\n  0\n\ntest()\n",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="assertion",
            source="let test() =\n  assert (2 + 2 = 5)\n  0\n\ntest()\n",
            outcome=Outcome.WRONG_ANSWER,
        ),
        SelfTest(
            name="exception", source="let none = List.head ([]: int list)\n", outcome=Outcome.RUNTIME_ERROR
        ),
        SelfTest(name="syntax", source="let broken (\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(name="endless-loop", source="while true do ()\n", outcome=Outcome.TIMEOUT, cpu_s=5.0),
        SelfTest(
            name="memory-bomb",
            source="let all = ResizeArray<byte[]>()\nwhile true do all.Add(Array.create (1 <<< 24) 1uy)\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=768 << 20,
        ),
        SelfTest(name="early-exit", source="exit 0\n", outcome=Outcome.INCOMPLETE),
    ),
)
