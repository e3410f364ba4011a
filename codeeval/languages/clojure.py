"""Clojure.

Source: MultiPL-E, evaluation/src/eval_clj.py. Debian has no ``clj`` tool; what it would start is started
here: ``clojure.main`` on Clojure's own libraries, with reports of errors on standard error.
"""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Forbidden, Limits, Outcome, StreamName

PROGRAM: Final = (
    "-Dclojure.main.report=stderr",
    "-cp",
    ":".join(f"/usr/share/java/{name}.jar" for name in ("clojure", "spec.alpha", "core.specs.alpha")),
    "clojure.main",
    "main.clj",
)
RUN_TESTS: Final = "(run-test test-humaneval)"
"""The end of the published tests: it prints a summary, and the process ends with 0 whatever that says."""


def _test(
    name: str, body: str, outcome: Outcome, *, stdin: str = "", stdout: str = "", cpu_s: float = 0.0
) -> SelfTest:
    source = (
        "(require '[clojure.test :refer [deftest is run-test]])\n\n"
        f"(deftest test-humaneval\n\n{body})\n\n{RUN_TESTS}\n"
    )
    return SelfTest(
        name=name, source=body if stdout else source, outcome=outcome, stdin=stdin, stdout=stdout, cpu_s=cpu_s
    )


CLOJURE: Final = Language(
    id="clojure",
    title="Clojure",
    fences=("clojure", "clj"),
    source_name="main.clj",
    image="jvm",
    run=Command(
        argv=("java", *PROGRAM),
        fast=(
            "java",
            "-XX:SharedArchiveFile=/opt/codeeval/warm/clojure.jsa",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            *PROGRAM,
        ),
        limits=Limits(cpu_s=15.0, wall_s=45.0, memory_bytes=1536 << 20),
    ),
    epilogue=Epilogue(
        code=f"""\
(when (clojure.test/successful? {RUN_TESTS})
  (spit "/dev/fd/3" "{TOKEN_PLACEHOLDER}"))""",
        instead_of=RUN_TESTS,
    ),
    forbidden=(
        Forbidden(name="wrote to standard error", stream=StreamName.STDERR, pattern=r"[\s\S]"),
        Forbidden(name="clojure.test says FAIL", stream=StreamName.STDOUT, pattern=r"^FAIL in "),
        Forbidden(name="clojure.test says ERROR", stream=StreamName.STDOUT, pattern=r"^ERROR in "),
    ),
    marks=Marks(
        syntax=(r"^Syntax error (?:reading source|compiling|macroexpanding)",),
        memory=(r"OutOfMemoryError|Java heap space", r"^OpenJDK .* There is insufficient memory"),
        assertion=(r"^FAIL in ",),
    ),
    cheats=Cheats(
        stub='  (throw (Exception. "left out")))',
        leave="  (.halt (Runtime/getRuntime) 0))",
        forge='  (spit "/dev/fd/3" "%s") (.halt (Runtime/getRuntime) 0))',
    ),
    self_tests=(
        _test(
            "echo",
            "(println (apply str (reverse (read-line))))\n",
            Outcome.PASSED,
            stdin="olleh\n",
            stdout="hello",
        ),
        _test("passes", "  (is (= (+ 1 1) 2))\n", Outcome.PASSED),
        _test("assertion", "  (is (= (+ 1 1) 3))\n", Outcome.WRONG_ANSWER),
        SelfTest(
            name="exception",
            source=f"(.length nil)\n\n{RUN_TESTS}\n",
            outcome=Outcome.RUNTIME_ERROR,
        ),
        _test("syntax", "  (is (= (+ 1 1) 2)))\n", Outcome.COMPILE_ERROR),
        _test("endless-loop", "  (loop [] (recur))\n", Outcome.TIMEOUT, cpu_s=4.0),
        _test(
            "memory-bomb",
            "  (loop [all ()] (recur (cons (byte-array 16777216) all)))\n",
            Outcome.MEMORY_LIMIT,
        ),
        _test("early-exit", "  (System/exit 0)\n", Outcome.INCOMPLETE),
    ),
)
