"""Python, run by the runner itself: no command is started."""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Language, PythonFile, SelfTest
from codeeval.types import Limits, Outcome

PYTHON: Final = Language(
    id="python",
    title="Python",
    fences=("python", "py", "python3", "python2", "py3", "ipython", "pycon"),
    source_name="program.py",
    image="python",
    run=PythonFile(path="program.py", limits=Limits(cpu_s=3.0, wall_s=15.0)),
    cheats=Cheats(
        stub="    raise NotImplementedError\n",
        leave="    import os\n    os._exit(0)\n",
        forge="    import os\n    os.write(3, b'%s')\n    os._exit(0)\n",
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source="import sys\nprint(sys.stdin.read()[::-1])\n",
            stdin="olleh",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(name="assertion", source="assert 1 + 1 == 3, 'sum'\n", outcome=Outcome.WRONG_ANSWER),
        SelfTest(name="exception", source="[][1]\n", outcome=Outcome.RUNTIME_ERROR),
        SelfTest(name="syntax", source="def f(:\n    pass\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(name="endless-loop", source="while True:\n    pass\n", outcome=Outcome.TIMEOUT),
        SelfTest(
            name="memory-bomb",
            source="x = []\nwhile True:\n    x.append(bytearray(1 << 24))\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=192 << 20,
        ),
        SelfTest(
            name="output-flood",
            source="for _ in range(100):\n    print('x' * 65536)\n",
            outcome=Outcome.PASSED,
        ),
        SelfTest(name="early-exit", source="import os\nos._exit(0)\n", outcome=Outcome.INCOMPLETE),
    ),
)
