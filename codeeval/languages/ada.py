"""Ada 2022 with GNAT: one text that ``gnatchop`` cuts into files, compiled by ``gnatmake``.

Source: MultiPL-E, evaluation/src/eval_adb.py.
"""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, Script, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome

RUN: Final = Command(argv=("./main",), limits=Limits(cpu_s=15.0, wall_s=30.0))
NAMES: Final = (r"(?i)^[ \t]*procedure\s+(\w+)\s+is\b",)


def _compile(unit: str) -> Command:
    """Return what compiles the file that gnatchop names after the unit, with the options of eval_adb.py."""
    build = (
        f"gnatchop -w program.adb . && gnatmake -gnatW8 {unit}.adb -o main -g -j0 -gnata -gnateE -bargs -Es"
    )
    return Command(
        argv=("sh", "-c", build),
        fast=("sh", "-c", f"{build} -largs -fuse-ld=mold"),
        limits=Limits(cpu_s=30.0, wall_s=90.0, memory_bytes=1536 << 20),
    )


def _test(name: str, body: str, outcome: Outcome, *, cpu_s: float = 0.0, memory_bytes: int = 0) -> SelfTest:
    source = f"pragma Ada_2022;\n\nprocedure Main is\n{body}end Main;\n"
    return SelfTest(name=name, source=source, outcome=outcome, cpu_s=cpu_s, memory_bytes=memory_bytes)


ADA: Final = Language(
    id="ada",
    title="Ada",
    fences=("ada", "adb", "ads"),
    source_name="program.adb",
    image="ada",
    compile=_compile("main"),
    run=RUN,
    script=Script(source_name="program.adb", compile=_compile("{lower}"), run=RUN, names=NAMES),
    epilogue=Epilogue(  # no context clause may stand here, so the token is written by what the C library has
        code=f"""\
   declare
      function Write (File : Integer; Text : String; Length : Long_Integer) return Long_Integer
      with Import, Convention => C, External_Name => "write";
      Token : constant String := "{TOKEN_PLACEHOLDER}";
   begin
      if Write (3, Token, Token'Length) < 0 then
         raise Program_Error;
      end if;
   end;
end Main;""",
        instead_of="end Main;",
    ),
    marks=Marks(
        memory=(r"STORAGE_ERROR : (?:s-memory|object too large|heap exhausted)",),
        assertion=(r"raised (?:SYSTEM\.ASSERTIONS|ADA\.ASSERTIONS)\.ASSERT(?:ION_ERROR|_FAILURE)",),
    ),
    cheats=Cheats(
        stub=" is\n   begin\n      return raise Program_Error;",
        leave=(
            " is\n"
            "      procedure Leave (Status : Integer) with Import, Convention => C, External_Name => "
            '"exit";\n'
            "   begin\n      Leave (0);\n      return raise Program_Error;"
        ),
        forge=(
            " is\n"
            "      procedure Leave (Status : Integer) with Import, Convention => C, External_Name => "
            '"exit";\n'
            "   begin\n      Leave (0);\n      return raise Program_Error; -- %s"
        ),
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source="with Ada.Text_IO; use Ada.Text_IO;\nprocedure Main is\n"
            "   Word : constant String := Get_Line;\nbegin\n"
            "   for Letter of reverse Word loop\n      Put (Letter);\n   end loop;\nend Main;\n",
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        _test("passes", "begin\n   pragma Assert (1 + 1 = 2);\n", Outcome.PASSED),
        _test(
            "assertion",
            "   Two : Integer := 2;\nbegin\n   pragma Assert (1 + Two = 2);\n",
            Outcome.WRONG_ANSWER,
        ),
        _test(
            "exception",
            "   Big : Integer := Integer'Last;\nbegin\n   Big := Big + 1;\n   pragma Assert (Big = 0);\n",
            Outcome.RUNTIME_ERROR,
        ),
        _test("syntax", "begin\n   if then;\n", Outcome.COMPILE_ERROR),
        _test("type-error", "begin\n   pragma Assert (1 = True);\n", Outcome.COMPILE_ERROR),
        _test(
            "endless-loop",
            "   Count : Integer := 0;\nbegin\n   loop\n      Count := (Count + 1) mod 7;\n   end loop;\n",
            Outcome.TIMEOUT,
            cpu_s=1.0,
        ),
        _test(
            "memory-bomb",
            "   type Text is access String;\n   Part : Text;\nbegin\n   loop\n"
            "      Part := new String'(1 .. 16_777_216 => 'x');\n"
            "   end loop;\n",
            Outcome.MEMORY_LIMIT,
            memory_bytes=192 << 20,
        ),
        _test(
            "early-exit",
            '   procedure Quit (Status : Integer) with Import, Convention => C, External_Name => "exit";\n'
            "begin\n   Quit (0);\n",
            Outcome.INCOMPLETE,
        ),
    ),
)
