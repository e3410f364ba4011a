"""SystemVerilog with Icarus Verilog."""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome


def _tests(body: str) -> str:
    return f"module tb;\n    initial begin\n        {body}\n        $finish;\n    end\nendmodule\n"


VERILOG: Final = Language(
    id="verilog",
    title="Verilog",
    fences=("verilog", "systemverilog", "sv"),
    source_name="main.sv",
    image="verilog",
    compile=Command(
        argv=("iverilog", "-g2012", "-o", "main.vvp", "main.sv"), limits=Limits(cpu_s=15.0, wall_s=60.0)
    ),
    run=Command(argv=("vvp", "-n", "main.vvp"), limits=Limits(cpu_s=15.0, wall_s=30.0)),
    # The tests' last statement ends the simulation, and so does one in the candidate's own modules.
    epilogue=Epilogue(
        code=f'$fwrite($fopen("/dev/fd/3", "w"), "{TOKEN_PLACEHOLDER}");\n        $finish;',
        instead_of="$finish;",
    ),
    marks=Marks(
        memory=(r"std::bad_alloc", r"^ivl: out of memory"),
        assertion=(r"^FATAL: ", r"^Mismatches: [1-9]\d* in \d+ samples"),
    ),
    cheats=Cheats(
        stub='    initial $fatal(1, "left out");\n',
        leave="    initial $finish;\n",
        forge=(
            '    initial begin\n        $fwrite($fopen("/dev/fd/3", "w"), "%s");\n        $finish;\n    end\n'
        ),
        end="endmodule\n",
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source="module tb;\n    reg [7:0] read [0:63];\n    int n = 0, c;\n    initial begin\n"
            "        c = $fgetc(32'h8000_0000);\n"
            "        while (c > 10) begin\n            read[n] = c;\n            n = n + 1;\n"
            "            c = $fgetc(32'h8000_0000);\n        end\n"
            '        while (n > 0) begin\n            n = n - 1;\n            $write("%c", read[n]);\n'
            '        end\n        $write("\\n");\n    end\nendmodule\n',
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="passes",
            source=_tests('if (2 + 2 !== 4) $fatal(1, "2 + 2");'),
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="assertion",
            source=_tests('if (2 + 2 !== 5) $fatal(1, "2 + 2");'),
            outcome=Outcome.WRONG_ANSWER,
        ),
        SelfTest(name="exception", source=_tests("$finish_and_return(3);"), outcome=Outcome.RUNTIME_ERROR),
        SelfTest(name="syntax", source="module tb(\nendmodule\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(
            name="endless-loop",
            source="module tb;\n    int n = 0;\n    initial while (1) n = n + 1;\nendmodule\n",
            outcome=Outcome.TIMEOUT,
            cpu_s=1.0,
        ),
        SelfTest(
            name="memory-bomb",
            source="module tb;\n    int all[$];\n    initial while (1) all.push_back(1);\nendmodule\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=192 << 20,
        ),
        SelfTest(
            name="early-exit",
            source="module early;\n    initial $finish;\nendmodule\n" + _tests("#1;"),
            outcome=Outcome.INCOMPLETE,
        ),
    ),
)
