"""Makes the programs of languages' self-tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codeeval.languages.finishing import finish
from codeeval.types import Extraction, Oracle, Program, SourceFile

if TYPE_CHECKING:
    from codeeval.languages.entry import Language, SelfTest
    from codeeval.types import Step


def self_test_program(of: Language, test: SelfTest) -> Program:
    """Make the program of a self-test, to be judged like any other."""
    source = finish(test.source, of.epilogue) if not test.stdout else test.source
    return Program(
        task_id=f"self-test/{of.id}/{test.name}",
        sample=0,
        language=of.id,
        image=of.image,
        extraction=Extraction(rule="self-test", code=test.source),
        files=(SourceFile(path=of.source_name, content=source or test.source), *of.support),
        steps=tuple(_limited(step, test) for step in of.steps()),
        stdin=test.stdin,
        oracle=Oracle.STDOUT if test.stdout else Oracle.COMPLETED,
        expected=test.stdout,
    )


def _limited(step: Step, test: SelfTest) -> Step:
    """Bound what a self-test's program may use; its compiler keeps what the language says."""
    if step.name == "compile":
        return step
    limits = msgspec.structs.replace(
        step.limits,
        cpu_s=test.cpu_s or step.limits.cpu_s,
        memory_bytes=test.memory_bytes or step.limits.memory_bytes,
    )
    return msgspec.structs.replace(step, limits=limits)
