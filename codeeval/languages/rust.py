"""Rust, compiled by rustc alone.

The faster command links with mold, and the standard library as the shared one; optimisation, debug assertions
and overflow checks stay as they are.

Source: MultiPL-E, evaluation/src/eval_rust.py.
"""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome

RUST: Final = Language(
    id="rust",
    title="Rust",
    fences=("rust", "rs"),
    source_name="main.rs",
    image="rust",
    compile=Command(
        argv=("rustc", "-o", "main", "main.rs"),
        fast=("rustc", "-C", "prefer-dynamic", "-C", "link-arg=-fuse-ld=mold", "-o", "main", "main.rs"),
        limits=Limits(cpu_s=15.0, wall_s=60.0, memory_bytes=1536 << 20),
    ),
    run=Command(argv=("./main",), limits=Limits(cpu_s=5.0, wall_s=15.0)),
    epilogue=Epilogue(
        code=f'    std::fs::write("/dev/fd/3", "{TOKEN_PLACEHOLDER}").unwrap();',
        closings=1,
    ),
    marks=Marks(
        memory=(r"^memory allocation of \d+ bytes failed", r"LLVM ERROR: out of memory"),
        assertion=(r"^assertion (`.*` |)failed", r"panicked at .*: assertion failed"),
    ),
    cheats=Cheats(
        stub="    unimplemented!()",
        leave="    std::process::exit(0)",
        forge='    std::fs::write("/dev/fd/3", "%s").unwrap();\n    std::process::exit(0)',
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source="fn main() {\n    let mut line = String::new();\n"
            "    std::io::stdin().read_line(&mut line).unwrap();\n"
            '    println!("{}", line.trim().chars().rev().collect::<String>());\n}\n',
            stdin="olleh",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(name="passes", source="fn main() {\n    assert_eq!(1 + 1, 2);\n}\n", outcome=Outcome.PASSED),
        SelfTest(
            name="assertion",
            source="fn main() {\n    assert_eq!(1 + 1, 3);\n}\n",
            outcome=Outcome.WRONG_ANSWER,
        ),
        SelfTest(
            name="exception",
            source="fn main() {\n    let none: Vec<i32> = Vec::new();\n"
            '    println!("{}", none[none.len()]);\n}\n',
            outcome=Outcome.RUNTIME_ERROR,
        ),
        SelfTest(
            name="overflow",
            source="fn main() {\n    let big = std::hint::black_box(i32::MAX);\n"
            '    println!("{}", big + 1);\n}\n',
            outcome=Outcome.RUNTIME_ERROR,
        ),
        SelfTest(name="syntax", source="fn main( {\n}\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(
            name="endless-loop",
            source="fn main() {\n    let mut i = 0u64;\n"
            "    loop { i = std::hint::black_box(i.wrapping_add(1)); }\n}\n",
            outcome=Outcome.TIMEOUT,
            cpu_s=1.0,
        ),
        SelfTest(
            name="memory-bomb",
            source="fn main() {\n    let mut all = Vec::new();\n"
            "    loop { all.push(vec![1u8; 1 << 24]); }\n}\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=192 << 20,
        ),
        SelfTest(
            name="early-exit",
            source="fn main() {\n    std::process::exit(0);\n}\n",
            outcome=Outcome.INCOMPLETE,
        ),
    ),
)
