"""OCaml, run by the toplevel.

Source: MultiPL-E, evaluation/src/eval_ocaml.py.
"""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome

OCAML: Final = Language(
    id="ocaml",
    title="OCaml",
    fences=("ocaml", "ml"),
    source_name="main.ml",
    image="ocaml",
    run=Command(argv=("ocaml", "main.ml"), limits=Limits(cpu_s=15.0, wall_s=45.0)),
    epilogue=Epilogue(
        code=f"""\
let () =
  let done_ = open_out "/dev/fd/3" in
  output_string done_ "{TOKEN_PLACEHOLDER}";
  close_out done_"""
    ),
    marks=Marks(
        syntax=(
            r"^File \"\./main\.ml\", [^:\n]*:(?:\n.*){0,99}?\nError: ",
            r"^File (?=.*main\.ml).*\n(?:.*\n){0,9}Error: ",
        ),
        memory=(r"Out_of_memory", r"^Fatal error: out of memory"),
        assertion=(r"Assert_failure",),
    ),
    cheats=Cheats(
        stub='  failwith "left out"',
        leave="  exit 0",
        forge='  let door = open_out "/dev/fd/3" in output_string door "%s"; close_out door; exit 0',
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source="let () =\n  let word = read_line () in\n  let n = String.length word in\n"
            "  print_endline (String.init n (fun i -> word.[n - 1 - i]))\n",
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="passes",
            source="let assertions =\n  (assert ((1 + 1) = 2));\n  ()\n",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="assertion",
            source="let assertions =\n  (assert ((1 + 1) = 3));\n  ()\n",
            outcome=Outcome.WRONG_ANSWER,
        ),
        SelfTest(name="exception", source="let none = List.hd []\n", outcome=Outcome.RUNTIME_ERROR),
        SelfTest(name="syntax", source="let let = 1\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(name="type-error", source='let sum = 1 + "1"\n', outcome=Outcome.COMPILE_ERROR),
        SelfTest(
            name="endless-loop", source="let () = while true do () done\n", outcome=Outcome.TIMEOUT, cpu_s=1.0
        ),
        SelfTest(
            name="memory-bomb",
            source="let () =\n  let all = ref [] in\n"
            "  while true do all := Bytes.make 16777216 'x' :: !all done\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=192 << 20,
        ),
        SelfTest(name="early-exit", source="let () = exit 0\n", outcome=Outcome.INCOMPLETE),
    ),
)
