"""Go: a file of tests for ``go test``.

Source: MultiPL-E, evaluation/src/eval_go.py.
"""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, Script, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Forbidden, Limits, Outcome, SourceFile, StreamName

HEAD: Final = 'package main_test\n\nimport (\n    "testing"\n    "fmt"\n)\n\n'
WRITER: Final = "codeeval_done.txt"
TEST: Final = f"""\
sed '/^package /!d;q' main_test.go | cat - {WRITER} >codeeval_done_test.go
exec go test main_test.go codeeval_done_test.go
"""
"""``go test main_test.go``, with the function that writes the token in a second file of the same package: the
tests themselves import nothing that can."""


def _test(name: str, body: str, outcome: Outcome, *, cpu_s: float = 0.0, memory_bytes: int = 0) -> SelfTest:
    source = f"{HEAD}func TestIt(t *testing.T) {{\n{body}    fmt.Sprint(t)\n}}\n"
    return SelfTest(name=name, source=source, outcome=outcome, cpu_s=cpu_s, memory_bytes=memory_bytes)


GO: Final = Language(
    id="go",
    title="Go",
    fences=("go", "golang"),
    source_name="main_test.go",
    image="go",
    run=Command(
        argv=("sh", "-c", TEST),
        fast=("/opt/codeeval/fast/gotest", "main_test.go", WRITER),
        limits=Limits(cpu_s=30.0, wall_s=90.0, memory_bytes=1536 << 20),
    ),
    script=Script(
        source_name="main.go",
        compile=Command(
            argv=("go", "build", "-o", "main", "main.go"),
            limits=Limits(cpu_s=30.0, wall_s=90.0, memory_bytes=1536 << 20),
        ),
        run=Command(argv=("./main",), limits=Limits(cpu_s=15.0, wall_s=45.0, memory_bytes=1536 << 20)),
    ),
    support=(
        SourceFile(
            path=WRITER,
            content="""
import "os"

func codeevalDone(token string) {
	done := os.NewFile(3, "token")
	done.WriteString(token)
	done.Close()
}
""",
        ),
    ),
    epilogue=Epilogue(
        code=f"""\
	if !t.Failed() {{
		codeevalDone("{TOKEN_PLACEHOLDER}")
	}}""",
        closings=1,
    ),
    forbidden=(Forbidden(name="go test says FAIL", stream=StreamName.STDOUT, pattern="FAIL"),),
    marks=Marks(
        syntax=(r"\[(setup|build) failed\]",),
        memory=(r"^fatal error: .*(out of memory|cannot allocate memory)",),
        assertion=(r"(?s)\A(?!.*^(?:panic|fatal error): ).*^[ \t]*--- FAIL: ",),
    ),
    cheats=Cheats(
        stub='    panic("left out")\n',
        leave="    panic(0)\n}\n\n func TestMain(m *testing.M) {\n",
        forge='    panic(0)\n}\n\n func TestMain(m *testing.M) {\n    fmt.Print("%s")\n',
        end="}\n",
    ),
    self_tests=(  # no echo: go test gives a test neither input nor, unless it fails, output
        _test("passes", '    if 1+1 != 2 { t.Errorf("sum") }\n', Outcome.PASSED),
        _test(
            "assertion",
            '    t.Run("sum", func(t *testing.T) { if 1+1 != 3 { t.Errorf("sum") } })\n',
            Outcome.WRONG_ANSWER,
        ),
        _test("exception", "    var none []int\n    none[len(none)] = 1\n", Outcome.RUNTIME_ERROR),
        _test("syntax", "    if {\n", Outcome.COMPILE_ERROR),
        _test("type-error", "    var word string = 1\n    fmt.Sprint(word)\n", Outcome.COMPILE_ERROR),
        _test("vet", '    t.Errorf("%d", "word")\n', Outcome.COMPILE_ERROR),
        _test("endless-loop", "    for i := 0; ; i++ {\n    }\n", Outcome.TIMEOUT, cpu_s=3.0),
        _test(
            "memory-bomb",
            "    var all [][]byte\n    for {\n        part := make([]byte, 1<<24)\n"
            "        for i := range part { part[i] = 1 }\n        all = append(all, part)\n    }\n",
            Outcome.MEMORY_LIMIT,
            memory_bytes=512 << 20,
        ),
        SelfTest(
            name="early-exit",
            source=HEAD.replace('"fmt"', '"syscall"')
            + "func TestIt(t *testing.T) {\n    syscall.Exit(0)\n}\n",
            outcome=Outcome.INCOMPLETE,
        ),
    ),
)
