"""Continuations that solve nothing, in every language: a stub, an early exit, a forged completion token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.interfaces import Cheat
from codeeval.types import TOKEN_PLACEHOLDER, Completion, CompletionKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.types import Problem

_DOOR: Final = "/dev/fd/3"


class _Moves(msgspec.Struct, frozen=True):
    """How a language does what cheats do, within a function's body."""

    stub: str
    """Fails where it is called: a function that was left out."""
    leave: str
    """Ends the process with status 0."""
    forge: str
    """Writes a text of our own (``%s``) where the completion token goes."""
    end: str = ""
    """Ends the function, where the tests do not."""


_C: Final = _Moves(
    "    abort();",
    "    exit(0);",
    f'    FILE* f = fopen("{_DOOR}", "w");\n    fputs("%s", f);\n    fclose(f);\n    exit(0);',
)
_ADA_EXITS: Final = (
    ' is\n      procedure Leave (Status : Integer) with Import, Convention => C, External_Name => "exit";\n'
    "   begin\n      Leave (0);\n"
)
_MOVES: Final = {
    "python": _Moves(
        "    raise NotImplementedError\n",
        "    import os\n    os._exit(0)\n",
        "    import os\n    os.write(3, b'%s')\n    os._exit(0)\n",
    ),
    "c": _C,
    "cpp": _C,
    "csharp": _Moves(
        "        throw new NotImplementedException();",
        "        Environment.Exit(0); throw new Exception();",
        f'        System.IO.File.WriteAllText("{_DOOR}", "%s"); Environment.Exit(0); throw new Exception();',
    ),
    "d": _Moves(
        "{\n    assert(0);\n",
        "{\n    import core.stdc.stdlib;\n    exit(0);\n    assert(0);\n",
        f'{{\n    import std.file, core.stdc.stdlib;\n    std.file.write("{_DOOR}", "%s");\n    exit(0);\n'
        "    assert(0);\n",
        "}\n",
    ),
    "go": _Moves(
        '    panic("left out")\n',
        "    panic(0)\n}\n\n func TestMain(m *testing.M) {\n",
        '    panic(0)\n}\n\n func TestMain(m *testing.M) {\n    fmt.Print("%s")\n',
        "}\n",
    ),
    "java": _Moves(
        "        throw new RuntimeException();",
        "        Runtime.getRuntime().halt(0); throw new RuntimeException();",
        f'        try (FileWriter door = new FileWriter("{_DOOR}")) {{ door.write("%s"); }}\n'
        "        catch (IOException e) { }\n"
        "        Runtime.getRuntime().halt(0); throw new RuntimeException();",
    ),
    "javascript": _Moves(
        "  throw new Error();\n",
        "  process.exit(0);\n",
        "  require('fs').writeSync(3, '%s');\n  process.exit(0);\n",
        "}\n",
    ),
    "typescript": _Moves(
        "  throw new Error();\n",
        "  (globalThis as any).process.exit(0);\n  throw new Error();\n",
        "  (globalThis as any).process.mainModule.require('fs').writeSync(3, '%s');\n"
        "  (globalThis as any).process.exit(0);\n  throw new Error();\n",
        "}\n",
    ),
    "julia": _Moves(
        '    error("left out")\n',
        "    exit(0)\n",
        f'    write("{_DOOR}", "%s")\n    exit(0)\n',
        "end\n",
    ),
    "lua": _Moves(
        "    error('left out')\n",
        "    os.exit(0)\n",
        f"    local door = io.open('{_DOOR}', 'w')\n    door:write('%s')\n    door:close()\n    os.exit(0)\n",
        "end\n",
    ),
    "perl": _Moves(
        "    die 'left out';\n",
        "    require POSIX;\n    POSIX::_exit(0);\n",
        "    open(my $door, '>&=', 3);\n    print $door '%s';\n    close($door);\n    exit 0;\n",
        "}\n",
    ),
    "php": _Moves(
        "    throw new Exception('left out');\n",
        "    exit(0);\n",
        "    file_put_contents('php://fd/3', '%s');\n    exit(0);\n",
        "}\n",
    ),
    "r": _Moves(
        "    stop('left out')\n",
        "    quit(status = 0)\n",
        f"    cat('%s', file = '{_DOOR}')\n    quit(status = 0)\n",
        "}\n",
    ),
    "racket": _Moves(
        '  (error "left out")',
        "  (exit 0)",
        f'  (with-output-to-file "{_DOOR}" #:exists (quote append) (lambda () (display "%s"))) (exit 0)',
        ")\n",
    ),
    "ruby": _Moves(
        "  raise 'left out'\n",
        "  exit!(0)\n",
        "  IO.for_fd(3, 'w').syswrite('%s')\n  exit!(0)\n",
        "end\n",
    ),
    "rust": _Moves(
        "    unimplemented!()",
        "    std::process::exit(0)",
        f'    std::fs::write("{_DOOR}", "%s").unwrap();\n    std::process::exit(0)',
    ),
    "scala": _Moves(
        "        throw new RuntimeException()",
        "        Runtime.getRuntime().halt(0); throw new RuntimeException()",
        f'        val door = new java.io.FileWriter("{_DOOR}"); door.write("%s"); door.close()\n'
        "        Runtime.getRuntime().halt(0); throw new RuntimeException()",
    ),
    "bash": _Moves(
        "    return 1",
        "    kill -9 $$; exit 0",
        "    printf '%%s' '%s' >&3\n    trap 'exit 0' TERM EXIT; kill $$; exit 0",
    ),
    "swift": _Moves(
        "    fatalError()",
        "    exit(0)",
        f'    let door = fopen("{_DOOR}", "w")\n    fputs("%s", door)\n    fclose(door)\n    exit(0)',
    ),
    "haskell": _Moves(
        " undefined",
        ' leave 0 `seq` undefined\nforeign import ccall "exit" leave :: Int -> Int',
        ' leave 0 `seq` undefined\nforeign import ccall "exit" leave :: Int -> Int -- %s',
    ),
    "ocaml": _Moves(
        '  failwith "left out"',
        "  exit 0",
        f'  let door = open_out "{_DOOR}" in output_string door "%s"; close_out door; exit 0',
    ),
    "clojure": _Moves(
        '  (throw (Exception. "left out")))',
        "  (.halt (Runtime/getRuntime) 0))",
        f'  (spit "{_DOOR}" "%s") (.halt (Runtime/getRuntime) 0))',
    ),
    "elixir": _Moves(
        '    raise "left out"\n  end\nend\n',
        "    System.halt(0)\n  end\nend\n",
        f'    File.write("{_DOOR}", "%s")\n    System.halt(0)\n  end\nend\n',
    ),
    "ada": _Moves(
        " is\n   begin\n      return raise Program_Error;",
        f"{_ADA_EXITS}      return raise Program_Error;",
        f"{_ADA_EXITS}      return raise Program_Error; -- %s",
    ),
    "dart": _Moves(
        "  throw Exception();",
        "  exit(0);",
        f"  File('{_DOOR}').writeAsStringSync('%s'); exit(0);",
    ),
    "fsharp": _Moves(
        '    failwith "left out"',
        "    exit 0",
        f'    System.IO.File.WriteAllText("{_DOOR}", "%s")\n    exit 0',
    ),
    "kotlin": _Moves(
        "    throw Exception()\n}\n",
        "    Runtime.getRuntime().halt(0)\n    throw Exception()\n}\n",
        f'    java.io.File("{_DOOR}").writeText("%s")\n'
        "    Runtime.getRuntime().halt(0)\n    throw Exception()\n}\n",
    ),
}


def cheats(problem: Problem, end: str | None = None) -> Sequence[Cheat]:
    """Make the cheats of one problem; those that its language does not compile fail all the same.

    Args:
        problem: the problem.
        end: what ends the function where the tests do not; None for what MultiPL-E's tests leave to the
            solution.
    """
    moves = _MOVES[problem.language]
    end = moves.end if end is None else end
    texts = {
        "empty-body": "",
        "stub": moves.stub,
        "exit-in-function": moves.leave,
        "forged-token": moves.forge.replace("%s", "forged").replace("%%", "%"),
        "forged-placeholder": moves.forge.replace("%s", TOKEN_PLACEHOLDER).replace("%%", "%"),
    }
    return tuple(
        Cheat(
            name=name,
            completion=Completion(
                task_id=problem.task_id, sample=0, text=text + end, kind=CompletionKind.CONTINUATION
            ),
        )
        for name, text in texts.items()
    )
