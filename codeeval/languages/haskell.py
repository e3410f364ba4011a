"""Haskell in GHC's bytecode interpreter.

Source: MultiPL-E, evaluation/src/eval_hs.py.
"""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, Limits, Outcome

HASKELL: Final = Language(
    id="haskell",
    title="Haskell",
    fences=("haskell", "hs"),
    source_name="main.hs",
    image="haskell",
    run=Command(
        argv=("runghc", "main.hs"),
        fast=("ghc", "-ignore-dot-ghci", "-e", "main", "main.hs"),
        limits=Limits(cpu_s=15.0, wall_s=45.0),
    ),
    epilogue=Epilogue(code=f'  writeFile "/dev/fd/3" "{TOKEN_PLACEHOLDER}"'),
    marks=Marks(
        syntax=(r"^main\.hs:\d+:\d+: error",),
        memory=(r"heap overflow", r"out of memory"),
        assertion=(r"assertion failed",),
    ),
    cheats=Cheats(
        stub=" undefined",
        leave=' leave 0 `seq` undefined\nforeign import ccall "exit" leave :: Int -> Int',
        forge=' leave 0 `seq` undefined\nforeign import ccall "exit" leave :: Int -> Int -- %s',
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source="main :: IO ()\nmain = do\n  line <- getLine\n  putStrLn (reverse line)\n",
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="passes",
            source='main :: IO ()\nmain = do\n  if 1 + 1 == 2 then pure () else error "assertion failed"\n'
            "  pure ()\n",
            outcome=Outcome.PASSED,
        ),
        SelfTest(
            name="assertion",
            source='main :: IO ()\nmain = do\n  if 1 + 1 == 3 then pure () else error "assertion failed"\n'
            "  pure ()\n",
            outcome=Outcome.WRONG_ANSWER,
        ),
        SelfTest(
            name="exception",
            source="main :: IO ()\nmain = do\n  print (head ([] :: [Int]))\n  pure ()\n",
            outcome=Outcome.RUNTIME_ERROR,
        ),
        SelfTest(
            name="syntax",
            source="main :: IO ()\nmain = do\n  if then\n  pure ()\n",
            outcome=Outcome.COMPILE_ERROR,
        ),
        SelfTest(
            name="type-error",
            source="main :: IO ()\nmain = do\n  putStrLn 1\n  pure ()\n",
            outcome=Outcome.COMPILE_ERROR,
        ),
        SelfTest(
            name="endless-loop",
            source="main :: IO ()\nmain = do\n  print (length [1 :: Integer ..])\n  pure ()\n",
            outcome=Outcome.TIMEOUT,
            cpu_s=2.0,
        ),
        SelfTest(
            name="memory-bomb",
            source="import Foreign\nmain :: IO ()\nmain = do\n"
            "  let grow = mallocBytes 16777216 >>= \\p -> fillBytes (p ::Ptr Word8) 1 16777216 >> grow\n"
            "  grow\n  pure ()\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=384 << 20,
        ),
        SelfTest(
            name="early-exit",
            source="import System.Exit\nmain :: IO ()\nmain = do\n  _ <- exitSuccess\n  pure ()\n",
            outcome=Outcome.INCOMPLETE,
        ),
    ),
)
