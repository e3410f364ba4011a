"""Dockerfiles for builds without an engine: read as the classic builder reads them, or refused by line."""

from __future__ import annotations

import pytest

from codeeval.errors import SandboxError
from codeeval.sandboxes import images
from codeeval.sandboxes.dockerfile import (
    Arg,
    Copy,
    Entrypoint,
    Env,
    Place,
    Run,
    Workdir,
    expand,
    parse,
)

HERE = Place("Dockerfile", 7)
TEXT = r"""
# syntax=docker/dockerfile:1
ARG BASE=debian:trixie-slim
FROM ${BASE} AS Tools
COPY warm/tool.c /
RUN cc -o /tool /tool.c

from ${BASE}
LABEL org.example=nothing
ARG VERSION
ARG SHA256=
ENV PATH=/opt/bin:$PATH GREETING="two words"
ENV OLD form of it
# above
RUN apt-get update \
    # between
 && apt-get install -y python3 \
 \
 && rm -rf "/var/lib/apt/lists"/*
RUN ["python3", "-c", "print('$HOME')"]
WORKDIR /opt/$VERSION
COPY a.txt b-*.txt ./
COPY --from=tools /tool /opt/bin/
COPY ["with space", "/opt/"]
RUN [ -f /tool ] || echo none
ENTRYPOINT ["python3", "-s", "supervisor.py"]
"""


def test_stages_and_steps() -> None:
    dockerfile = parse(TEXT, "Dockerfile")
    assert dockerfile.arguments == (Arg("BASE", "debian:trixie-slim"),)
    first, last = dockerfile.stages
    assert (first.base, first.name, last.base, last.name) == ("${BASE}", "tools", "${BASE}", "")
    assert [step for _, step in first.steps] == [
        Copy(("warm/tool.c",), "/", ""),
        Run(("/bin/sh", "-c", "cc -o /tool /tool.c")),
    ]
    assert [(place.line, step) for place, step in last.steps] == [
        (10, Arg("VERSION", None)),
        (11, Arg("SHA256", "")),
        (12, Env((("PATH", "/opt/bin:$PATH"), ("GREETING", "two words")))),
        (13, Env((("OLD", "form of it"),))),
        (
            15,
            Run(
                (
                    "/bin/sh",
                    "-c",
                    'apt-get update  && apt-get install -y python3   && rm -rf "/var/lib/apt/lists"/*',
                )
            ),
        ),
        (20, Run(("python3", "-c", "print('$HOME')"))),
        (21, Workdir("/opt/$VERSION")),
        (22, Copy(("a.txt", "b-*.txt"), "./", "")),
        (23, Copy(("/tool",), "/opt/bin/", "tools")),
        (24, Copy(("with space",), "/opt/", "")),
        (25, Run(("/bin/sh", "-c", "[ -f /tool ] || echo none"))),
        (26, Entrypoint(("python3", "-s", "supervisor.py"))),
    ]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "no FROM"),
        ("RUN true", 1, "before the first FROM"),
        ("# escape=`\nFROM x", 1, "escape"),
        ("FROM --platform=linux/arm64 x", 1, "--platform"),
        ("FROM x\n\nUSER prover", 3, "USER"),
        ("FROM x\nADD https://example.org/a.tar /", 2, "ADD"),
        ("FROM x\nSHELL ['bash']", 2, "SHELL"),
        ("FROM x\nRUN --mount=type=cache,target=/root true", 2, "--mount"),
        ("FROM x\nRUN cat <<EOF\na\nEOF", 2, "here-document"),
        ("FROM x\nCOPY <<EOF /a\na\nEOF", 2, "here-document"),
        ("FROM x\nCOPY --chmod=755 a /a", 2, "--chmod"),
        ("FROM x\nCOPY a", 2, "source and a target"),
        ("FROM x\nCOPY a b /c", 2, "slash"),
        ("FROM x\nRUN", 2, "no arguments"),
        ("FROM x\nENV A=1 B", 2, "NAME=VALUE"),
        ("FROM x\nENV A='$HOME'", 2, "quoted"),
        ('FROM x\nENV A="1', 2, "quot"),
        ("FROM x\nARG A=1 B=2", 2, "more than one"),
        ("FROM x\nENTRYPOINT python3 supervisor.py", 2, "list of strings"),
    ],
)
def test_what_is_beyond_it_is_named_by_line(text: str, line: int, what: str) -> None:
    with pytest.raises(SandboxError) as caught:
        parse(text, "containers/x/Dockerfile")
    assert caught.value.message.startswith(f"containers/x/Dockerfile:{line}: ")
    assert what in caught.value.message
    assert "codeeval sandbox export" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$A/b", "1/b"),
        ("${A}b", "1b"),
        ("${B:-none}", "none"),
        ("${A:-none}", "1"),
        ("${A:+set}${B:+set}", "set"),
        ("$C", ""),
    ],
)
def test_variables(text: str, value: str) -> None:
    assert expand(text, {"A": "1", "B": ""}, HERE) == value


@pytest.mark.parametrize("text", ["${A%.*}", "$", "${A:-${B}}"])
def test_more_than_plain_variables(text: str) -> None:
    with pytest.raises(SandboxError, match="Dockerfile:7"):
        expand(text, {}, HERE)


def test_every_image_that_bubblewrap_can_run_is_read() -> None:
    for image in images.catalogue().images.values():
        if not image.launcher:
            file = image.folder / images.DOCKERFILE
            assert parse(file.read_text("utf-8"), str(file)).stages[-1].steps
