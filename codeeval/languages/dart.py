"""Dart. Declared; its image and its self-tests have never been run."""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Language, Marks, Script, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome, SourceFile


def _main(body: str) -> str:
    return (
        f"import 'dart:io';\nimport 'dart:typed_data';\n\nvoid main() {{\n    {body}\n}}\n\n"
        "void expect(dynamic a, dynamic b) {\n  if (a == b) return;\n  throw '$a != $b';\n}\n"
    )


DART: Final = Language(
    id="dart",
    title="Dart",
    fences=("dart",),
    source_name="main.dart",
    image="dart",
    compile=Command(
        argv=("dart", "analyze", "--no-fatal-warnings", "main.dart"),
        limits=Limits(cpu_s=15.0, wall_s=60.0, memory_bytes=1536 << 20),
    ),
    run=Command(
        argv=("dart", "completed.dart"),
        limits=Limits(cpu_s=15.0, wall_s=45.0, memory_bytes=1536 << 20),
    ),
    script=Script(
        source_name="main.dart",
        run=Command(
            argv=("dart", "main.dart"), limits=Limits(cpu_s=15.0, wall_s=45.0, memory_bytes=1536 << 20)
        ),
    ),
    # Imports stand at a program's top, which is the prompt's: another library calls its ``main`` and then
    # writes the token.
    support=(
        SourceFile(
            path="completed.dart",
            content="import 'dart:io';\n\nimport 'main.dart' as program;\n\n"
            "void main() {\n  program.main();\n"
            f"  const token = '{TOKEN_PLACEHOLDER}';\n"
            "  File('/dev/fd/3').writeAsStringSync(token, mode: FileMode.writeOnlyAppend);\n}\n",
        ),
    ),
    marks=Marks(
        memory=(r"Out of Memory", r"Exhausted heap space"),
        assertion=(r"^#\d+ +expect(List|Map)? \(",),
    ),
    cheats=Cheats(
        stub="  throw Exception();",
        leave="  exit(0);",
        forge="  File('/dev/fd/3').writeAsStringSync('%s'); exit(0);",
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source=_main("print(stdin.readLineSync()!.split('').reversed.join());"),
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(name="passes", source=_main("expect(2 + 2, 4);"), outcome=Outcome.PASSED),
        SelfTest(name="assertion", source=_main("expect(2 + 2, 5);"), outcome=Outcome.WRONG_ANSWER),
        SelfTest(name="exception", source=_main("<int>[].first;"), outcome=Outcome.RUNTIME_ERROR),
        SelfTest(name="syntax", source="void main( {\n}\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(name="endless-loop", source=_main("for (;;) {}"), outcome=Outcome.TIMEOUT, cpu_s=3.0),
        SelfTest(
            name="memory-bomb",
            source=_main(
                "final all = []; for (;;) { all.add(Uint8List(1 << 24)..fillRange(0, 1 << 24, 1)); }"
            ),
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=768 << 20,
        ),
        SelfTest(name="early-exit", source=_main("exit(0);"), outcome=Outcome.INCOMPLETE),
    ),
)
