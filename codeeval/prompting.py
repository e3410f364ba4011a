"""Prompts from Jinja templates: one file a benchmark and style, or the user's own (``--template``).

A template of base style renders to the text that the model continues. A template of chat style renders to
the user's message, or, where it has blocks named so, ``{% block system %}``, ``{% block user %}`` and
``{% block prefill %}`` render to the system message, the user's message and the start of the answer.

Templates run sandboxed, cannot include other files (their hash covers all of their text), and fail on an
unknown variable.
"""

from __future__ import annotations

import functools
import hashlib
import traceback
from typing import TYPE_CHECKING

import msgspec

from codeeval.errors import UsageError, unless_denied
from codeeval.types import Message, Prompt, PromptStyle, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import jinja2


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A worked example (one shot) as templates see it."""

    task: str
    tests: tuple[str, ...]
    code: str


class Variables(msgspec.Struct, frozen=True, kw_only=True):
    """What templates may name."""

    task_id: str
    prompt: str
    """The problem as its dataset states it."""
    follow_up: str = ""
    """A second problem, where the benchmark has one: to be solved by calling the first's solution."""
    entry_point: str
    tests: tuple[str, ...] = ()
    """The tests that the protocol shows; empty where it shows none."""
    examples: tuple[Example, ...] = ()
    context: str = ""
    """What stands in the file above the problem, where the benchmark has and shows it."""
    premises: tuple[str, ...] = ()
    """Statements that may be of use, where the benchmark retrieves any."""
    system: str = ""
    """Instructions that the dataset states for each problem, where it does."""
    head: str = ""
    """The start of the answer, where the benchmark fixes it."""
    form: str = ""
    """What a task requires, where a benchmark's tasks differ in that: ``code`` (to continue the prompt),
    ``function`` or ``program``."""
    language: str = ""
    """The language's name, where the benchmark has several."""
    fence: str = ""
    """The info string of Markdown fences that means it."""


class PromptTemplate:
    """A template file, read and compiled.

    Args:
        path: the file.

    Raises:
        UsageError: it cannot be read, or does not parse (names the line).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            source = path.read_bytes()
            text = source.decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"the template {path} cannot be read: {error}", unless_denied(error, "Correct --template.")
            ) from error
        self.hash = hashlib.sha256(source).hexdigest()
        self._template = self._compile(text)

    def _compile(self, text: str) -> jinja2.Template:
        import jinja2  # noqa: PLC0415 -- costs 100 ms
        from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

        environment = ImmutableSandboxedEnvironment(
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # prompts are plain text
        )
        try:
            code = environment.compile(text, filename=str(self.path))
        except jinja2.TemplateSyntaxError as error:
            raise UsageError(
                f"{self.path}:{error.lineno}: {error.message}", "The template language is Jinja's."
            ) from error
        return jinja2.Template.from_code(environment, code, environment.make_globals(None))

    def render(self, variables: Variables, style: PromptStyle, stop: tuple[str, ...] = ()) -> Prompt:
        """Make the prompt of one problem.

        Raises:
            UsageError: the template names an unknown variable or fails otherwise (names the line).
        """
        make = functools.partial(
            Prompt, task_id=variables.task_id, style=style, template_hash=self.hash, stop=stop
        )
        blocks = self._template.blocks
        match style:
            case PromptStyle.BASE:
                return make(text=self._render(variables))
            case PromptStyle.CHAT if "user" not in blocks:
                return make(messages=(Message(role=Role.USER, content=self._render(variables)),))
            case PromptStyle.CHAT:
                messages = [
                    Message(role=role, content=self._render(variables, role.value))
                    for role in (Role.SYSTEM, Role.USER)
                    if role.value in blocks
                ]
                prefill = self._render(variables, "prefill") if "prefill" in blocks else ""
                return make(messages=tuple(messages), prefill=prefill)

    def text(self, values: Mapping[str, object]) -> str:
        """Render a template that is not a benchmark's, with variables of its own.

        Raises:
            UsageError: it names an unknown variable or fails otherwise (names the line).
        """
        return self._rendered(values, "", tuple(values))

    def _render(self, variables: Variables, block: str = "") -> str:
        values = msgspec.structs.asdict(variables)
        return self._rendered(values, block, Variables.__struct_fields__)

    def _rendered(self, values: Mapping[str, object], block: str, known: tuple[str, ...]) -> str:
        import jinja2  # noqa: PLC0415 -- costs 100 ms

        context = self._template.new_context(dict(values))
        parts: Iterable[str]
        try:
            parts = (
                self._template.blocks[block](context) if block else self._template.root_render_func(context)
            )
            return "".join(parts)
        except (
            *(jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RuntimeError),
            *(TypeError, ValueError, MemoryError),
        ) as error:
            raise UsageError(
                f"{self._where(error)}: {error}", f"Variables of a template: {', '.join(known)}."
            ) from error

    def _where(self, error: BaseException) -> str:
        """Name the template's line that failed; compiled templates know both their file and lines."""
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if frame.filename == str(self.path) and frame.lineno:
                return f"{self.path}:{self._template.get_corresponding_lineno(frame.lineno)}"
        return str(self.path)
