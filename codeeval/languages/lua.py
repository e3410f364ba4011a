"""Lua 5.4 with LuaUnit."""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome


def _tests(body: str) -> str:
    return (
        f"lu = require('luaunit')\n\nfunction test_humaneval()\n    {body}\nend\n\nos.exit(lu.LuaUnit.run())"
    )


LUA: Final = Language(
    id="lua",
    title="Lua",
    fences=("lua",),
    source_name="main.lua",
    image="lua",
    run=Command(argv=("lua", "main.lua"), limits=Limits(cpu_s=15.0, wall_s=30.0)),
    # The tests' last statement ends the process. No test at all would pass too.
    epilogue=Epilogue(
        code=f"""\
local runner = lu.LuaUnit.new()
local failed = runner:runSuite()
if failed == 0 and runner.result.successCount > 0 then
    local done = io.open("/dev/fd/3", "w")
    done:write("{TOKEN_PLACEHOLDER}")
    done:close()
end
os.exit(failed)""",
        instead_of="os.exit(lu.LuaUnit.run())",
    ),
    marks=Marks(
        # An error while running has a stack trace.
        syntax=(r"\Alua: main\.lua:\d+: .*\n(?!stack traceback:)",),
        memory=(r"^lua: not enough memory", r"^not enough memory"),
        assertion=(r"^Ran \d+ tests in .* [1-9]\d* failures?\b",),
    ),
    cheats=Cheats(
        stub="    error('left out')\n",
        leave="    os.exit(0)\n",
        forge=(
            "    local door = io.open('/dev/fd/3', 'w')\n    door:write('%s')\n    door:close()\n"
            "    os.exit(0)\n"
        ),
        end="end\n",
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source="print(string.reverse(io.read()))\n",
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(name="passes", source=_tests("lu.assertEquals(2 + 2, 4)"), outcome=Outcome.PASSED),
        SelfTest(name="assertion", source=_tests("lu.assertEquals(2 + 2, 5)"), outcome=Outcome.WRONG_ANSWER),
        SelfTest(
            name="exception", source=_tests("lu.assertEquals(2 + nil, 4)"), outcome=Outcome.RUNTIME_ERROR
        ),
        SelfTest(name="syntax", source="local function broken(\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(name="endless-loop", source="while true do end\n", outcome=Outcome.TIMEOUT, cpu_s=1.0),
        SelfTest(
            name="memory-bomb",
            source="local all = {}\nwhile true do all[#all + 1] = string.rep(#all .. ' ', 1 << 22) end\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=192 << 20,
        ),
        SelfTest(
            name="early-exit",
            source="os.exit(0)\n" + _tests("lu.assertEquals(2 + 2, 4)"),
            outcome=Outcome.INCOMPLETE,
        ),
    ),
)
