"""Java 21 with javatuples.

Source: MultiPL-E, evaluation/src/eval_java.py.
"""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, Script, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, CommandMode, Limits, Outcome

TUPLES: Final = "/usr/share/java/javatuples.jar"
NAMES: Final = (
    r"\bpublic\s+(?:final\s+|abstract\s+)*(?:class|record|enum)\s+(\w+)",
    r"\b(?:class|record|enum|interface)\s+(\w+)(?:(?!\b(?:class|record|enum|interface)\b).)*?\bstatic\s+void\s+main\b",
)
"""A public class must be in a file of its name; without one, the class that holds ``main`` is run."""


def _compile(name: str) -> Command:
    options = ("-encoding", "UTF8", "-d", ".", "-cp", TUPLES, f"{name}.java")
    return Command(
        argv=("javac", *options),
        fast=("javac", "-proc:none", *options),
        mode=CommandMode.SERVED,
        limits=Limits(cpu_s=15.0, wall_s=60.0, memory_bytes=1536 << 20),
    )


def _run(name: str) -> Command:
    return Command(
        argv=("java", "-ea", "-cp", f".:{TUPLES}", name),
        # The archive wants the class path that it was made with at the front.
        fast=(
            "java",
            "-XX:SharedArchiveFile=/opt/codeeval/warm/java.jsa",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-ea",
            "-cp",
            f"{TUPLES}:.",
            name,
        ),
        limits=Limits(cpu_s=15.0, wall_s=45.0, memory_bytes=1536 << 20),
    )


def _test(
    name: str, body: str, outcome: Outcome, *, stdin: str = "", stdout: str = "", cpu_s: float = 0.0
) -> SelfTest:
    source = (
        "import java.util.*;\nimport org.javatuples.*;\nclass Problem {\n"
        f"    public static void main(String[] args) {{\n{body}    }}\n\n}}\n"
    )
    return SelfTest(name=name, source=source, outcome=outcome, stdin=stdin, stdout=stdout, cpu_s=cpu_s)


JAVA: Final = Language(
    id="java",
    title="Java",
    fences=("java",),
    source_name="Problem.java",
    image="jvm",
    compile=_compile("Problem"),
    run=_run("Problem"),
    script=Script(source_name="{name}.java", compile=_compile("{name}"), run=_run("{name}"), names=NAMES),
    epilogue=Epilogue(
        code=f"""\
    try (java.io.FileOutputStream done = new java.io.FileOutputStream("/dev/fd/3")) {{
        done.write("{TOKEN_PLACEHOLDER}".getBytes());
    }} catch (java.io.IOException failure) {{
        throw new java.io.UncheckedIOException(failure);
    }}""",
        closings=2,
    ),
    marks=Marks(
        memory=(r"java\.lang\.OutOfMemoryError", r"^OpenJDK .* There is insufficient memory"),
        assertion=(r'^Exception in thread "main" java\.lang\.AssertionError',),
    ),
    cheats=Cheats(
        stub="        throw new RuntimeException();",
        leave="        Runtime.getRuntime().halt(0); throw new RuntimeException();",
        forge=(
            '        try (FileWriter door = new FileWriter("/dev/fd/3")) { door.write("%s"); }\n'
            "        catch (IOException e) { }\n"
            "        Runtime.getRuntime().halt(0); throw new RuntimeException();"
        ),
    ),
    self_tests=(
        _test(
            "echo",
            "        String word = new Scanner(System.in).next();\n"
            "        System.out.println(new StringBuilder(word).reverse());\n",
            Outcome.PASSED,
            stdin="olleh",
            stdout="hello",
        ),
        _test(
            "passes", "        assert(Pair.with(1l, 1l + 1l).equals(Pair.with(1l, 2l)));\n", Outcome.PASSED
        ),
        _test("assertion", "        assert(1 + 1 == 3);\n", Outcome.WRONG_ANSWER),
        _test("exception", "        new ArrayList<Long>().get(1);\n", Outcome.RUNTIME_ERROR),
        _test("syntax", "        if {\n", Outcome.COMPILE_ERROR),
        _test("type-error", '        long number = "word";\n', Outcome.COMPILE_ERROR),
        _test("endless-loop", "        for (int i = 0; i > -1; i %= 7) {}\n", Outcome.TIMEOUT, cpu_s=2.0),
        _test(
            "memory-bomb",
            "        ArrayList<byte[]> all = new ArrayList<>();\n"
            "        for (int i = 0; i < 1 << 20; i++) all.add(new byte[1 << 24]);\n",
            Outcome.MEMORY_LIMIT,
        ),
        _test("early-exit", "        System.exit(0);\n", Outcome.INCOMPLETE),
    ),
)
