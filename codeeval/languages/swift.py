"""Swift. Its compiler wants a writable place for C modules, or has them compiled already.

Source: MultiPL-E, evaluation/src/eval_swift.py.
"""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome

SWIFT: Final = Language(
    id="swift",
    title="Swift",
    fences=("swift",),
    source_name="main.swift",
    image="swift",
    compile=Command(
        argv=("swiftc", "-module-cache-path", "modules", "-o", "main", "main.swift", "-lm"),
        fast=(
            "swiftc",
            "-module-cache-path",
            "/opt/codeeval/fast/modules",
            "-use-ld=mold",
            "-o",
            "main",
            "main.swift",
            "-lm",  # of rounded() and the like, where nothing imports Glibc
        ),
        limits=Limits(cpu_s=45.0, wall_s=120.0, memory_bytes=1536 << 20),
    ),
    run=Command(argv=("./main",), limits=Limits(cpu_s=5.0, wall_s=15.0)),
    # An import would be the whole file's: candidates would have floor, sqrt and pow without their own.
    epilogue=Epilogue(
        code=f"""\
@_silgen_name("write")
private func codeevalWrite(_ file: Int32, _ text: UnsafeRawPointer, _ count: Int) -> Int
do {{
    let token: StaticString = "{TOKEN_PLACEHOLDER}"
    if codeevalWrite(3, token.utf8Start, token.utf8CodeUnitCount) < 0 {{ fatalError() }}
}}"""
    ),
    marks=Marks(
        memory=(r"LLVM ERROR: out of memory",),
        assertion=(r"Assertion failed",),
    ),
    cheats=Cheats(
        stub="    fatalError()",
        leave=('    leave(0) }\n@_silgen_name("exit") func leave(_ status: Int32) -> Never\nfunc unused() {'),
        forge=(
            '    let door = open("/dev/fd/3", "w")\n    _ = put("%s", door)\n    _ = close(door)\n'
            "    leave(0) }\n"
            "typealias Text = UnsafePointer<CChar>\n"
            '@_silgen_name("exit") func leave(_ status: Int32) -> Never\n'
            '@_silgen_name("fopen") func open(_ path: Text, _ mode: Text) -> OpaquePointer?\n'
            '@_silgen_name("fputs") func put(_ text: Text, _ door: OpaquePointer?) -> Int32\n'
            '@_silgen_name("fclose") func close(_ door: OpaquePointer?) -> Int32\n'
            "func unused() {"
        ),
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source="print(String(readLine()!.reversed()))\n",
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(name="passes", source="assert(1 + 1 == 2)\n", outcome=Outcome.PASSED),
        SelfTest(name="assertion", source="assert(1 + 1 == 3)\n", outcome=Outcome.WRONG_ANSWER),
        SelfTest(
            name="exception",
            source="let none: [Int] = []\nprint(none[none.count])\n",
            outcome=Outcome.RUNTIME_ERROR,
        ),
        SelfTest(name="syntax", source="let = 1\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(
            name="endless-loop",
            source="var i = 0\nwhile true { i &+= 1 }\n",
            outcome=Outcome.TIMEOUT,
            cpu_s=1.0,
        ),
        SelfTest(
            name="memory-bomb",
            source="var all: [[UInt8]] = []\n"
            "while true { all.append([UInt8](repeating: 1, count: 1 << 24)) }\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=192 << 20,
        ),
        SelfTest(name="early-exit", source="import Glibc\nexit(0)\n", outcome=Outcome.INCOMPLETE),
    ),
)
