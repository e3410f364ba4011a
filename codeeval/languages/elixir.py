"""Elixir with ExUnit."""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome


def _tests(body: str) -> str:
    return (
        "ExUnit.start()\ndefmodule HumanEvalTest do\n  use ExUnit.Case, async: true\n"
        f"  test 'twice' do\n    {body}\n  end\nend\n"
    )


ELIXIR: Final = Language(
    id="elixir",
    title="Elixir",
    fences=("elixir", "ex", "exs"),
    source_name="main.exs",
    image="elixir",
    run=Command(argv=("elixir", "main.exs"), limits=Limits(cpu_s=5.0, wall_s=20.0)),
    # ExUnit runs the tests when the program ends; no test at all would pass too.
    epilogue=Epilogue(
        code=f"""\
ExUnit.after_suite(fn result ->
  if result.failures == 0 and result.total > result.skipped + result.excluded do
    port = Port.open({{:fd, 3, 3}}, [:out, :binary])
    Port.command(port, "{TOKEN_PLACEHOLDER}")
    Port.close(port)
  end
end)"""
    ),
    marks=Marks(
        syntax=(r"^\*\* \((SyntaxError|TokenMissingError|MismatchedDelimiterError|CompileError)\)",),
        memory=(r"eheap_alloc: Cannot (re)?allocate", r"_alloc: Cannot (re)?allocate"),
        assertion=(r"^ +(Assertion with \S+ failed|Expected .*, got)",),
    ),
    cheats=Cheats(
        stub='    raise "left out"\n  end\nend\n',
        leave="    System.halt(0)\n  end\nend\n",
        forge='    File.write("/dev/fd/3", "%s")\n    System.halt(0)\n  end\nend\n',
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source='IO.gets("") |> String.trim() |> String.reverse() |> IO.puts()\n',
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(name="passes", source=_tests("assert 2 + 2 == 4"), outcome=Outcome.PASSED),
        SelfTest(name="assertion", source=_tests("assert 2 + 2 == 5"), outcome=Outcome.WRONG_ANSWER),
        SelfTest(
            name="exception", source=_tests("assert hd(Enum.to_list([])) == 4"), outcome=Outcome.RUNTIME_ERROR
        ),
        SelfTest(name="syntax", source="defmodule Broken do\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(
            name="endless-loop",
            source="Stream.repeatedly(fn -> 1 end) |> Stream.run()\n",
            outcome=Outcome.TIMEOUT,
            cpu_s=2.0,
        ),
        SelfTest(
            name="memory-bomb",
            source="Enum.reduce(Stream.cycle([1]), [], fn _, all ->\n"
            '  [:binary.copy("x", 16_777_216) | all]\nend)\n',
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=384 << 20,
        ),
        SelfTest(
            name="early-exit",
            source="System.halt(0)\n" + _tests("assert 2 + 2 == 4"),
            outcome=Outcome.INCOMPLETE,
        ),
        SelfTest(name="no-tests", source="ExUnit.start()\n", outcome=Outcome.INCOMPLETE),
    ),
)
