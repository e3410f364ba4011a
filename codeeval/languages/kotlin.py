"""Kotlin on the JVM.

MultiPL-E's evaluator has it compiled into a jar with its runtime, and run with assertions on.
"""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome


def _test(
    name: str, body: str, outcome: Outcome, *, stdin: str = "", stdout: str = "", cpu_s: float = 0.0
) -> SelfTest:
    source = f"fun main() {{\n{body}}}\n"
    return SelfTest(name=name, source=source, outcome=outcome, stdin=stdin, stdout=stdout, cpu_s=cpu_s)


KOTLIN: Final = Language(
    id="kotlin",
    title="Kotlin",
    fences=("kotlin", "kt"),
    source_name="main.kt",
    image="kotlin",
    compile=Command(
        argv=("kotlinc", "main.kt", "-include-runtime", "-d", "main.jar"),
        limits=Limits(cpu_s=45.0, wall_s=120.0, memory_bytes=1536 << 20),
    ),
    run=Command(
        argv=("java", "-ea", "-jar", "main.jar"),
        limits=Limits(cpu_s=15.0, wall_s=45.0, memory_bytes=1536 << 20),
    ),
    epilogue=Epilogue(
        code=f'    java.io.File("/dev/fd/3").writeText("{TOKEN_PLACEHOLDER}")',
        closings=1,
    ),
    marks=Marks(
        memory=(r"java\.lang\.OutOfMemoryError", r"^OpenJDK .* There is insufficient memory"),
        assertion=(r'^Exception in thread "main" java\.lang\.AssertionError',),
    ),
    cheats=Cheats(
        stub="    throw Exception()\n}\n",
        leave="    Runtime.getRuntime().halt(0)\n    throw Exception()\n}\n",
        forge=(
            '    java.io.File("/dev/fd/3").writeText("%s")\n    Runtime.getRuntime().halt(0)\n'
            "    throw Exception()\n}\n"
        ),
    ),
    self_tests=(
        _test(
            "echo", "    println(readLine()!!.reversed())\n", Outcome.PASSED, stdin="olleh\n", stdout="hello"
        ),
        _test("passes", "    assert(listOf(1L, 2L).map { it + 1 } == listOf(2L, 3L))\n", Outcome.PASSED),
        _test("assertion", "    assert(1 + 1 == 3)\n", Outcome.WRONG_ANSWER),
        _test("exception", "    listOf<Long>().first()\n", Outcome.RUNTIME_ERROR),
        _test("syntax", "    if {\n", Outcome.COMPILE_ERROR),
        _test("endless-loop", "    while (true) {}\n", Outcome.TIMEOUT, cpu_s=2.0),
        _test(
            "memory-bomb",
            "    val all = mutableListOf<ByteArray>()\n    while (true) all.add(ByteArray(1 shl 24))\n",
            Outcome.MEMORY_LIMIT,
        ),
        _test("early-exit", "    System.exit(0)\n", Outcome.INCOMPLETE),
    ),
)
