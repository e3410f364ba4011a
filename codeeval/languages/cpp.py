"""C++17 with GCC."""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome

CPP: Final = Language(
    id="cpp",
    title="C++",
    fences=("cpp", "c++", "cxx", "cc"),
    source_name="main.cpp",
    image="gcc",
    compile=Command(
        argv=("g++", "-std=c++17", "-o", "main", "main.cpp"),
        fast=("sh", "/opt/codeeval/fast/g++", "-std=c++17", "-o", "main", "main.cpp"),
        limits=Limits(cpu_s=15.0, wall_s=60.0, memory_bytes=1536 << 20),
    ),
    run=Command(argv=("./main",), limits=Limits(cpu_s=15.0, wall_s=30.0)),
    epilogue=Epilogue(
        code=f"""\
    {{
        FILE* done = fopen("/dev/fd/3", "w");
        fputs("{TOKEN_PLACEHOLDER}", done);
        fclose(done);
    }}""",
        closings=1,
        needs="#include <stdio.h>",
    ),
    marks=Marks(
        memory=(r"std::bad_alloc", r"cc1plus: out of memory"),
        assertion=(r"^main: .*: Assertion `.*' failed\.$",),
    ),
    cheats=Cheats(
        stub="    abort();",
        leave="    exit(0);",
        forge=('    FILE* f = fopen("/dev/fd/3", "w");\n    fputs("%s", f);\n    fclose(f);\n    exit(0);'),
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source="#include <bits/stdc++.h>\nint main() {\n    std::string s;\n    std::cin >> s;\n"
            "    std::reverse(s.begin(), s.end());\n    std::cout << s << std::endl;\n}\n",
            stdin="olleh",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="passes",
            source="#include <bits/stdc++.h>\nint main() {\n    assert(1 + 1 == 2);\n}\n",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="assertion",
            source="#include <bits/stdc++.h>\nint main() {\n    assert(1 + 1 == 3);\n}\n",
            outcome=Outcome.WRONG_ANSWER,
        ),
        SelfTest(
            name="exception",
            source="#include <bits/stdc++.h>\nint main() {\n    std::vector<int>().at(1);\n}\n",
            outcome=Outcome.RUNTIME_ERROR,
        ),
        SelfTest(
            name="syntax", source="#include <bits/stdc++.h>\nint main( {\n}\n", outcome=Outcome.COMPILE_ERROR
        ),
        SelfTest(
            name="endless-loop",
            source="#include <bits/stdc++.h>\nint main() {\n    for (volatile int i = 0;; i++) {}\n}\n",
            outcome=Outcome.TIMEOUT,
            cpu_s=1.0,
        ),
        SelfTest(
            name="memory-bomb",
            source="#include <bits/stdc++.h>\nint main() {\n    std::vector<std::string> all;\n"
            "    for (;;) all.emplace_back(1 << 24, 'x');\n}\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=192 << 20,
        ),
        SelfTest(
            name="early-exit",
            source="#include <bits/stdc++.h>\nint main() {\n    exit(0);\n}\n",
            outcome=Outcome.INCOMPLETE,
        ),
    ),
)
