"""Scala 2.11, as Debian has it, on Java 21.

Source: MultiPL-E, evaluation/src/eval_scala.py.
"""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, Script, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, CommandMode, Forbidden, Limits, Outcome, StreamName

LIBRARY: Final = ":".join(
    f"/usr/share/scala/lib/{name}.jar"
    for name in (
        "hawtjni-runtime",
        "jansi",
        "jline",
        "scala-actors",
        "scala-compiler",
        "scala-library",
        "scala-parser-combinators",
        "scala-reflect",
        "scala-xml",
        "scalap",
    )
)
"""What the launcher ``scala`` puts on the class path, in its order: the archive is for exactly that."""
NAMES: Final = (
    r"\bobject\s+(\w+)\s+extends\s+App\b",
    r"\bobject\s+(\w+)(?:(?!\bobject\b).)*?\bdef\s+main\b",
)


def _compile(name: str) -> Command:
    return Command(
        argv=("scalac", "-d", ".", f"{name}.scala"),
        mode=CommandMode.SERVED,
        limits=Limits(cpu_s=45.0, wall_s=120.0, memory_bytes=1536 << 20),
    )


def _run(name: str) -> Command:
    return Command(
        argv=("scala", "-cp", ".", name),
        # What the launcher starts in the end, with the heap that it grants.
        fast=(
            "java",
            "-XX:SharedArchiveFile=/opt/codeeval/warm/scala.jsa",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-Xmx256M",
            "-Xms32M",
            "-cp",
            f"{LIBRARY}:.",
            name,
        ),
        limits=Limits(cpu_s=15.0, wall_s=45.0, memory_bytes=1536 << 20),
    )


def _test(
    name: str, body: str, outcome: Outcome, *, stdin: str = "", stdout: str = "", cpu_s: float = 0.0
) -> SelfTest:
    source = (
        "import scala.math._\nobject Problem {\n"
        f"    def main(args: Array[String]) = {{\n{body}    }}\n\n}}\n"
    )
    return SelfTest(name=name, source=source, outcome=outcome, stdin=stdin, stdout=stdout, cpu_s=cpu_s)


SCALA: Final = Language(
    id="scala",
    title="Scala",
    fences=("scala",),
    source_name="Problem.scala",
    image="jvm",
    compile=_compile("Problem"),
    run=_run("Problem"),
    script=Script(source_name="{name}.scala", compile=_compile("{name}"), run=_run("{name}"), names=NAMES),
    epilogue=Epilogue(
        code=f"""\
    val done = new _root_.java.io.FileOutputStream("/dev/fd/3")
    done.write("{TOKEN_PLACEHOLDER}".getBytes)
    done.close()""",
        closings=2,
    ),
    forbidden=(Forbidden(name="wrote to standard error", stream=StreamName.STDERR, pattern=r"[\s\S]"),),
    marks=Marks(
        memory=(r"java\.lang\.OutOfMemoryError", r"^OpenJDK .* There is insufficient memory"),
        assertion=(r'^(?:Exception in thread "main" )?java\.lang\.AssertionError: assertion failed',),
    ),
    cheats=Cheats(
        stub="        throw new RuntimeException()",
        leave="        Runtime.getRuntime().halt(0); throw new RuntimeException()",
        forge=(
            '        val door = new java.io.FileWriter("/dev/fd/3"); door.write("%s"); door.close()\n'
            "        Runtime.getRuntime().halt(0); throw new RuntimeException()"
        ),
    ),
    self_tests=(
        _test(
            "echo",
            "        println(scala.io.StdIn.readLine().reverse)\n",
            Outcome.PASSED,
            stdin="olleh\n",
            stdout="hello",
        ),
        _test("passes", "        assert(List(1L, 2L).map(_ + 1).equals(List(2L, 3L)));\n", Outcome.PASSED),
        _test("assertion", "        assert(1 + 1 == 3);\n", Outcome.WRONG_ANSWER),
        _test("complains", '        System.err.println("warning");\n', Outcome.RUNTIME_ERROR),
        _test("exception", "        List[Long]().head;\n", Outcome.RUNTIME_ERROR),
        _test("syntax", "        if {\n", Outcome.COMPILE_ERROR),
        _test("endless-loop", "        while (true) {}\n", Outcome.TIMEOUT, cpu_s=2.0),
        _test(
            "memory-bomb",
            "        var all = List[Array[Byte]]();\n"
            "        while (true) all = new Array[Byte](1 << 24) :: all;\n",
            Outcome.MEMORY_LIMIT,
        ),
        _test("early-exit", "        System.exit(0);\n", Outcome.INCOMPLETE),
    ),
)
