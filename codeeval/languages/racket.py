"""Racket with rackunit."""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Forbidden, Limits, Outcome, StreamName


def _tests(body: str) -> str:
    return (
        "#lang racket\n\n(require rackunit)\n\n(define (test-humaneval)\n"
        f"  (check-within {body} 4 0.001))\n\n(test-humaneval)"
    )


RACKET: Final = Language(
    id="racket",
    title="Racket",
    fences=("racket", "rkt"),
    source_name="main.rkt",
    image="racket",
    run=Command(argv=("racket", "main.rkt"), limits=Limits(cpu_s=15.0, wall_s=45.0)),
    epilogue=Epilogue(
        code='(void (call-with-output-file "/dev/fd/3" #:exists \'append\n'
        f'  (lambda (port) (write-string "{TOKEN_PLACEHOLDER}" port))))'
    ),
    # rackunit continues after a check that failed and exits with 0.
    # Source: MultiPL-E evaluation/src/eval_rkt.py, which takes anything on standard error for a failure.
    forbidden=(Forbidden(name="wrote to standard error", stream=StreamName.STDERR, pattern=r"[\s\S]"),),
    marks=Marks(
        # What the reader and the expander object to has a place in front.
        syntax=(r"^\S*main\.rkt:\d+:\d+: ",),
        memory=(r"^out of memory", r"^Racket CS out of memory"),
        assertion=(r"^FAILURE$",),
    ),
    cheats=Cheats(
        stub='  (error "left out")',
        leave="  (exit 0)",
        forge=(
            '  (with-output-to-file "/dev/fd/3" #:exists (quote append) (lambda () (display "%s"))) (exit 0)'
        ),
        end=")\n",
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source="#lang racket\n(displayln (list->string (reverse (string->list (read-line)))))\n",
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(name="passes", source=_tests("(+ 2 2)"), outcome=Outcome.PASSED),
        SelfTest(name="assertion", source=_tests("(+ 2 3)"), outcome=Outcome.WRONG_ANSWER),
        SelfTest(name="exception", source=_tests("(car '())"), outcome=Outcome.RUNTIME_ERROR),
        SelfTest(
            name="warns",
            source=_tests('(begin (eprintf "careful") 4)'),
            outcome=Outcome.RUNTIME_ERROR,
        ),
        SelfTest(name="syntax", source="#lang racket\n(define (broken\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(
            name="endless-loop",
            source="#lang racket\n(let loop () (loop))\n",
            outcome=Outcome.TIMEOUT,
            cpu_s=2.0,
        ),
        SelfTest(
            name="memory-bomb",
            source="#lang racket\n(let loop ([all '()]) (loop (cons (make-bytes 16777216 1) all)))\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=384 << 20,
        ),
        SelfTest(name="early-exit", source="#lang racket\n(exit 0)\n", outcome=Outcome.INCOMPLETE),
    ),
)
