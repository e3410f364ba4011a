"""Plug-ins of other packages: found beside codeeval's own, checked when they are made, blamed by name."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from support.plugins import importable, write_package

from codeeval import interfaces, registry
from codeeval.cli.main import run_command
from codeeval.errors import CodeEvalError, DataError, PluginError, UnknownName
from codeeval.interfaces import (
    BENCHMARK_ABILITIES,
    MODEL_ABILITIES,
    Benchmark,
    BenchmarkOptions,
    CompletionSource,
    DataSource,
    Model,
    ModelSpec,
    Sandbox,
    SandboxLauncher,
    SandboxOptions,
    abilities,
)
from codeeval.languages import LANGUAGES, language
from codeeval.pipeline.verifier import Verifier
from codeeval.registry.checking import faults, fits, is_protocol, known_types, members
from codeeval.sandboxes.images import catalogue, context_files, tag
from codeeval.session.sandboxes import NoSandbox
from codeeval.strategies.strategy import Strategy
from codeeval.types import Completion, Outcome, Problem, Prompt, PromptStyle, Sampling, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Install = Callable[..., None]

PROBLEM = Problem(task_id="t/1", prompt="Write f.", entry_point="f", reference="f = 1\n", tests=())

BENCHMARK = """
from pathlib import Path
from codeeval.interfaces import BenchmarkBase, Cheat, DatasetIdentity, LoadedProblems
from codeeval.types import Extraction, Problem, Program

class Small(BenchmarkBase):
    family = "small"
    folder = Path(__file__).parent
    image = "python"

    @property
    def settings(self):
        return self.stated(protocol="own")

    def load(self, source):
        identity = DatasetIdentity(id="i", config="c", split="s", revision="r", sha256="h", rows=1)
        problem = Problem(task_id="t/1", prompt="Write f.", entry_point="f", reference="f = 1", tests=())
        return LoadedProblems(problems=(problem,), identity=identity)

    def program(self, problem, completion):
        return Program(
            task_id=problem.task_id, sample=0, language="python", image="python",
            extraction=Extraction(rule="as-is", code=completion.text),
        )

    def cheats(self, problem):
        return [self.cheat(problem, "nothing", "")]
"""

MODEL = """
from codeeval.interfaces import ModelInfo
from codeeval.types import Completion, CompletionKind, PromptStyle

class Echo:
    def __init__(self, spec):
        self.spec = spec

    @property
    def info(self):
        return ModelInfo(
            spec="echo:", style=PromptStyle.BASE, concurrency=1, max_n=1, deterministic=True
        )

COMPLETE

    async def aclose(self):
        pass
"""
"""``COMPLETE`` is for each test to fill in: the interface's own is generated from it."""


def complete(body: str, *, colour: str = "async ", more: str = "") -> str:
    """Write ``complete`` with the parameters that the interface has."""
    (method,) = (member for member in members(Model) if member.name == "complete")
    parameters = ", ".join(each.name for each in method.parameters)
    return f"    {colour}def complete(self, {parameters}{more}):\n        {body}\n"


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Install]:
    with importable(tmp_path):

        def write(entries: dict[str, dict[str, str]], files: dict[str, str], **named: str) -> None:
            write_package(tmp_path, entries, files, **named)

        yield write


def benchmark(install: Install, source: str = BENCHMARK, **named: str) -> Benchmark:
    install(
        {"codeeval.benchmarks": {"small": "small_benchmark:Small"}}, {"small_benchmark.py": source}, **named
    )
    return registry.benchmark_factory("small")(BenchmarkOptions())


def model(install: Install, source: str) -> Model:
    install({"codeeval.models": {"echo": "echo_model:Echo"}}, {"echo_model.py": source})
    return registry.model_factory("echo")(ModelSpec(backend="echo"))


def generate(made: Model, samples: range = range(1)) -> list[Completion]:
    """Call ``complete`` as the interface has it, whatever it calls its parameters."""
    prompt = interfaces_prompt()
    given = {"prompt": prompt, "sampling": Sampling(), "samples": samples}
    (method,) = (member for member in members(Model) if member.name == "complete")
    return asyncio.run(made.complete(*[given[each.name] for each in method.parameters]))  # type: ignore[arg-type]


def interfaces_prompt() -> Prompt:
    return Prompt(task_id="t/1", style=PromptStyle.BASE, template_hash="", text="x")


class TestNames:
    def test_own_and_others_are_found_alike(self, install: Install) -> None:
        assert "small" not in registry.names(registry.Group.BENCHMARKS)
        assert benchmark(install).name == "small"
        assert {"humaneval", "small"} <= set(registry.names(registry.Group.BENCHMARKS))

    def test_an_unknown_name_lists_the_known_ones(self) -> None:
        with pytest.raises(UnknownName, match="humaneval"):
            registry.benchmark_factory("humanevl")

    def test_two_packages_with_one_name_are_both_named(self, install: Install) -> None:
        benchmark(install, name="first", version="1.2")
        with pytest.raises(PluginError) as caught:
            benchmark(install, name="second", version="3.4")
        assert "first 1.2" in caught.value.message
        assert "second 3.4" in caught.value.message

    def test_a_name_of_codeevals_own_cannot_be_taken(self, install: Install) -> None:
        install(
            {"codeeval.benchmarks": {"humaneval": "small_benchmark:Small"}}, {"small_benchmark.py": BENCHMARK}
        )
        with pytest.raises(PluginError) as caught:
            registry.benchmark_factory("humaneval")
        assert "codeeval" in caught.value.message
        assert "faulty-plugin 1.0" in caught.value.message

    @pytest.mark.parametrize("source", ["import nothing_of_this_name", "x = (", "1 / 0", "Other = 1"])
    def test_a_plugin_that_cannot_be_imported_is_named(self, install: Install, source: str) -> None:
        with pytest.raises(PluginError) as caught:
            benchmark(install, source)
        assert "faulty-plugin 1.0" in caught.value.message
        assert caught.value.__cause__ is not None

    def test_the_list_names_plugins_and_their_packages(
        self, install: Install, capsys: pytest.CaptureFixture[str]
    ) -> None:
        benchmark(install)
        assert run_command(["list"]) == 0
        shown = capsys.readouterr().out
        assert "faulty-plugin 1.0" in shown
        assert "small" in shown


class TestMembers:
    """What is wrong with a plug-in is found when it is made, and named with the member."""

    @pytest.mark.parametrize(
        ("old", "new", "member"),
        [
            ("def cheats(self, problem)", "def cheat_list(self, problem)", "`cheats` is missing"),
            ("def load(self, source)", "def load(self)", "`load` takes 0 arguments, 1 (source) expected"),
            (
                "def program(self, problem, completion)",
                "def program(self, problem)",
                "`program` takes 1 argument (problem), 2 (problem, completion) expected",
            ),
            ("def cheats(self", "async def cheats(self", "`cheats` is `async def`"),
            ('image = "python"', "image = 3", "`image` is a value of type int, str expected"),
            ('image = "python"', 'image = "python"\n    scoring = {}', "`scoring`"),
            ('self.stated(protocol="own")', '{"shots": 3}', "`settings`"),
            ('self.stated(protocol="own")', "self.nothing", "`settings` raised AttributeError"),
            ('family = "small"', 'name = "small"', "family"),
        ],
    )
    def test_of_a_benchmark(self, install: Install, old: str, new: str, member: str) -> None:
        assert old in BENCHMARK
        with pytest.raises(PluginError) as caught:
            benchmark(install, BENCHMARK.replace(old, new))
        assert "the benchmark 'small' of faulty-plugin 1.0" in caught.value.message
        assert member in caught.value.message

    def test_abilities_are_checked_too(self, install: Install) -> None:
        with pytest.raises(PluginError, match="`grade` takes 0 arguments"):
            benchmark(install, BENCHMARK + "\n    def grade(self):\n        pass\n")

    @pytest.mark.parametrize(
        ("method", "member"),
        [
            ("", "`complete` is missing"),
            (complete("return []", colour=""), "`complete` is not `async def`"),
            (complete("return []", more=", extra"), "`complete` takes"),
        ],
    )
    def test_of_a_model(self, install: Install, method: str, member: str) -> None:
        with pytest.raises(PluginError) as caught:
            model(install, MODEL.replace("COMPLETE", method))
        assert "the model backend 'echo' of faulty-plugin 1.0" in caught.value.message
        assert member in caught.value.message

    def test_more_parameters_with_defaults_are_welcome(self, install: Install) -> None:
        source = MODEL.replace("COMPLETE", complete("return []", more=", extra=1"))
        assert generate(model(install, source)) == []

    @pytest.mark.parametrize("factory", ["Small = 3", "def Small():\n    pass"])
    def test_of_a_factory(self, install: Install, factory: str) -> None:
        with pytest.raises(PluginError, match="small_benchmark:Small"):
            benchmark(install, factory)

    def test_of_a_launcher(self, install: Install) -> None:
        source = 'class Box:\n    name = "box"\n    def probe(self): return ""\n'
        install({"codeeval.sandboxes": {"box": "box_sandbox:Box"}}, {"box_sandbox.py": source})
        with pytest.raises(PluginError) as caught:
            registry.launcher("box")
        for member in ("launch", "describe", "sweep"):
            assert f"`{member}` is missing" in caught.value.message


class TestCalls:
    """What a plug-in's methods do wrong later is reported as the plug-in's."""

    def test_an_exception(self, install: Install) -> None:
        made = benchmark(install, BENCHMARK.replace("return LoadedProblems", "return 1 / 0, LoadedProblems"))
        with pytest.raises(PluginError) as caught:
            made.load(DataSource())
        assert "`load` raised ZeroDivisionError" in caught.value.message
        assert isinstance(caught.value.__cause__, ZeroDivisionError)

    def test_a_value_of_another_type(self, install: Install) -> None:
        made = benchmark(
            install, BENCHMARK.replace('return [self.cheat(problem, "nothing", "")]', 'return "ab"')
        )
        with pytest.raises(PluginError, match="`cheats` returned a value of type str"):
            made.cheats(PROBLEM)

    def test_an_element_of_another_type(self, install: Install) -> None:
        made = model(install, MODEL.replace("COMPLETE", complete('return ["text"]')))
        with pytest.raises(PluginError, match="`complete` returned"):
            generate(made)

    def test_an_exception_while_it_waits(self, install: Install) -> None:
        made = model(install, MODEL.replace("COMPLETE", complete("raise KeyError('x')")))
        with pytest.raises(PluginError, match="`complete` raised KeyError"):
            generate(made)

    def test_a_failing_program_costs_a_sample_and_names_the_plugin(self, install: Install) -> None:
        made = benchmark(install, BENCHMARK.replace("return Program(", "return 1 / 0, Program("))
        verdict = Verifier(NoSandbox(), made).make(PROBLEM, made.reference(PROBLEM))
        assert isinstance(verdict, Verdict)
        assert verdict.outcome is Outcome.SANDBOX_ERROR
        assert "faulty-plugin 1.0: `program` raised ZeroDivisionError" in verdict.detail
        assert "small_benchmark.py" in verdict.detail

    def test_an_error_for_the_user_passes(self, install: Install) -> None:
        head = "def load(self, source):\n        "
        body = "from codeeval.errors import DataError\n        raise DataError('unreachable')"
        source = BENCHMARK.replace("def load(self, source):", head + body)
        with pytest.raises(DataError, match="unreachable"):
            benchmark(install, source).load(DataSource())

    def test_a_full_disk_is_not_its_fault(self, install: Install) -> None:
        source = BENCHMARK.replace(
            "def load(self, source):", "def load(self, source):\n        raise OSError(28, 'full')"
        )
        with pytest.raises(OSError, match="full"):
            benchmark(install, source).load(DataSource())

    def test_what_a_launcher_starts_is_checked(self, install: Install) -> None:
        source = """
class Box:
    name = "box"
    def probe(self): return ""
    def launch(self, options): return object()
    def describe(self, options): return {}
    def sweep(self): return 0
"""
        install({"codeeval.sandboxes": {"box": "box_sandbox:Box"}}, {"box_sandbox.py": source})
        made = registry.launcher("box")
        assert made.probe() == ""
        with pytest.raises(PluginError, match="`toolchain` is missing"):
            made.launch(SandboxOptions(image="python"))

    def test_a_command_names_the_plugin_and_keeps_the_traceback(
        self, install: Install, capsys: pytest.CaptureFixture[str]
    ) -> None:
        benchmark(install, BENCHMARK.replace("return LoadedProblems", "return 1 / 0, LoadedProblems"))
        assert run_command(["doctor", "small", "--sandbox", "docker"]) == PluginError.exit_code
        shown = capsys.readouterr().err
        assert "faulty-plugin 1.0" in shown
        assert "bug in codeeval" not in shown
        (path,) = (word for word in shown.split() if word.endswith(".txt"))
        assert "ZeroDivisionError" in Path(path).read_text()
        Path(path).unlink()

    @pytest.mark.parametrize("error", ["ValueError('no')", "OSError(2, 'no')"])
    def test_one_that_cannot_be_guarded_is_found_by_its_code(
        self, install: Install, capsys: pytest.CaptureFixture[str], error: str
    ) -> None:
        """What takes no attributes keeps its own methods; the traceback still shows whose they are."""
        source = BENCHMARK.replace(
            "def load(self, source):", f"def load(self, source):\n        raise {error}"
        )
        frozen = """
    def __setattr__(self, name, value):
        if name == "load":
            raise TypeError
        super().__setattr__(name, value)
"""
        made = benchmark(install, source + frozen)
        with pytest.raises(type(eval(error))):
            made.load(DataSource())
        assert run_command(["doctor", "small", "--sandbox", "docker"]) == PluginError.exit_code
        shown = capsys.readouterr().err
        assert "faulty-plugin 1.0" in shown
        assert "bug in codeeval" not in shown

    def test_a_bug_of_codeevals_stays_one(self, install: Install) -> None:
        benchmark(install)
        with pytest.raises(KeyError) as caught:
            {}["ours"]
        assert registry.culprit(caught.value) is None
        assert registry.culprit(ExceptionGroup("several", [caught.value])) is None

    def test_a_model_that_fails_in_a_run(
        self, install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        model(install, MODEL.replace("COMPLETE", complete("raise KeyError('x')")))
        arguments = [
            "generate",
            "humaneval",
            "--model",
            "echo:x",
            "--limit",
            "1",
            "--out",
            str(tmp_path / "run"),
        ]
        assert run_command(arguments) == PluginError.exit_code
        assert "`complete` raised KeyError" in capsys.readouterr().err


LANGUAGE = """
from codeeval.languages import Command, Language, Marks
from codeeval.types import Limits

OWN = Language(
    id="tiny", title="Tiny", fences=("tiny",), source_name="main.tiny", image="tiny",
    run=Command(argv=("tiny", "main.tiny"), limits=Limits(cpu_s=1.0, wall_s=2.0)),
    epilogue=None, marks=Marks(), self_tests=(),
)
"""
IMAGES = '[images.tiny]\nlanguages = ["tiny"]\n'
DOCKERFILE = "ARG BASE\nFROM ${BASE}\nCOPY data /data\n"


class TestLanguages:
    def test_a_language_of_a_plugin_is_looked_up_like_any(self, install: Install) -> None:
        install({"codeeval.languages": {"tiny": "tiny_language:OWN"}}, {"tiny_language.py": LANGUAGE})
        assert language("tiny").title == "Tiny"
        known = list(LANGUAGES)
        assert (known[0], known[-1], len(known)) == ("python", "tiny", len(LANGUAGES))

    @pytest.mark.parametrize(
        ("name", "target"), [("tiny", "tiny_language:Limits"), ("other", "tiny_language:OWN")]
    )
    def test_a_wrong_or_misnamed_language_is_reported(self, install: Install, name: str, target: str) -> None:
        install({"codeeval.languages": {name: target}}, {"tiny_language.py": LANGUAGE})
        with pytest.raises(PluginError, match=r"faulty-plugin 1\.0"):
            language(name)

    def test_a_name_of_codeevals_own_cannot_be_taken(self, install: Install) -> None:
        install({"codeeval.languages": {"lua": "tiny_language:OWN"}}, {"tiny_language.py": LANGUAGE})
        with pytest.raises(PluginError, match=r"codeeval .* and faulty-plugin 1\.0"):
            language("lua")
        assert language("python").id == "python"


class TestImages:
    ENTRIES: ClassVar = {"codeeval.images": {"any": "tiny_images"}}
    FILES: ClassVar = {
        "tiny_images/__init__.py": "",
        "tiny_images/images.toml": IMAGES,
        "tiny_images/tiny/Dockerfile": DOCKERFILE,
        "tiny_images/tiny/data/file": "x",
    }

    def test_those_of_a_plugin_are_in_the_catalogue(self, install: Install) -> None:
        install(self.ENTRIES, self.FILES)
        assert catalogue().image("tiny").languages == ("tiny",)
        assert catalogue().image("tiny").package == "faulty-plugin"
        context = context_files("tiny")
        assert context["Dockerfile"] == DOCKERFILE.encode()
        assert context["data/file"] == b"x"
        assert "runner/supervisor.py" in context
        assert tag("tiny").startswith("codeeval/tiny:")

    @pytest.mark.parametrize(
        ("path", "content", "named"),
        [
            ("tiny_images/images.toml", "[images.tiny", "images.toml"),
            ("tiny_images/images.toml", "", "images.NAME"),
            ("tiny_images/images.toml", "[images.tiny]\n", "languages"),
            ("tiny_images/images.toml", "images = 3\n", "images.toml"),
            ("tiny_images/images.toml", '[images.tiny]\nlanguages = "tiny"\n', "languages"),
            ("tiny_images/images.toml", '[images."../tiny"]\nlanguages = ["tiny"]\n', "../tiny"),
            ("tiny_images/images.toml", '[images.absent]\nlanguages = ["tiny"]\n', "Dockerfile is missing"),
        ],
    )
    def test_a_faulty_table_is_reported(self, install: Install, path: str, content: str, named: str) -> None:
        install(self.ENTRIES, {**self.FILES, path: content})
        with pytest.raises(PluginError) as caught:
            catalogue()
        assert "faulty-plugin 1.0" in caught.value.message
        assert named in caught.value.message

    def test_an_image_of_codeevals_own_cannot_be_taken(self, install: Install) -> None:
        files = {**self.FILES, "tiny_images/images.toml": IMAGES.replace("tiny", "lua")}
        install(self.ENTRIES, {**files, "tiny_images/lua/Dockerfile": DOCKERFILE})
        with pytest.raises(PluginError, match="codeeval and faulty-plugin"):
            catalogue()

    def test_a_module_is_no_folder(self, install: Install) -> None:
        install({"codeeval.images": {"any": "tiny_module"}}, {"tiny_module.py": ""})
        with pytest.raises(PluginError, match="no package"):
            catalogue()


class TestCommands:
    SOURCE = """
import click

@click.command()
@click.option("--fail")
def greet(fail):
    if fail == "usage":
        raise click.UsageError("no")
    if fail == "exit":
        click.get_current_context().exit(4)
    if fail:
        raise RuntimeError(fail)
    click.echo("hello")

other = 3
"""

    @pytest.fixture(autouse=True)
    def commands(self, install: Install) -> None:
        names = {"greet": "greet_command:greet", "other": "greet_command:other"}
        install({"codeeval.commands": names}, {"greet_command.py": self.SOURCE})

    def test_it_runs(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run_command(["greet"]) == 0
        assert capsys.readouterr().out == "hello\n"

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["greet", "--fail", "usage"], 2),
            (["greet", "--fail", "exit"], 4),
            (["greet", "--fail", "x"], PluginError.exit_code),
            (["other"], PluginError.exit_code),
            (["gret"], UnknownName.exit_code),
        ],
    )
    def test_its_failures_are_its_own(self, arguments: list[str], code: int) -> None:
        assert run_command(arguments) == code

    def test_the_list_has_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run_command(["list"]) == 0
        assert "greet" in capsys.readouterr().out


PROTOCOLS = (
    Benchmark,
    Model,
    CompletionSource,
    Sandbox,
    SandboxLauncher,
    Strategy,
    *BENCHMARK_ABILITIES,
    *MODEL_ABILITIES,
)


class TestProtocols:
    """The checks read the protocols themselves, so none may be written in a way that they do not read."""

    @pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda each: each.__name__)
    def test_every_member_is_read(self, protocol: type) -> None:
        found = {member.name for member in members(protocol)}
        written = {name for name in vars(protocol) if not name.startswith("_")}
        assert found == written | set(inspect.get_annotations(protocol))
        assert {fault.member for fault in faults(object(), protocol)} == found

    def test_abilities_are_documented_with_their_members(self) -> None:
        text = abilities.__doc__ or ""
        for ability in (*BENCHMARK_ABILITIES, *MODEL_ABILITIES):
            row = text[text.index(f"``{ability.__name__}``") :]
            own = [member.name for member in members(ability) if member.name != "info"]
            assert all(f"``{name}``" in row for name in own), ability.__name__

    def test_every_ability_is_listed(self) -> None:
        listed = {Model, CompletionSource, *BENCHMARK_ABILITIES, *MODEL_ABILITIES}
        for name in interfaces.__all__:
            value = getattr(interfaces, name)
            if (
                isinstance(value, type)
                and is_protocol(value)
                and getattr(value, "_is_runtime_protocol", False)
            ):
                assert value in listed, name

    @pytest.mark.parametrize(
        ("value", "annotation", "right"),
        [
            ("x", "str", True),
            (1, "str", False),
            (1, "float", True),
            (True, "int", False),
            (None, "int | None", True),
            ("x", "int | None", False),
            (("a", "b"), "tuple[str, ...]", True),
            (("a", 1), "tuple[str, ...]", False),
            ((1, "a"), "tuple[int, str]", True),
            ((1,), "tuple[int, str]", False),
            ("ab", "Sequence[str]", False),
            (["ab"], "Sequence[str]", True),
            ({"a": "b"}, "Mapping[str, str]", True),
            ({"a": 1}, "Mapping[str, str]", False),
            (Sampling(), "Sampling", True),
            (object(), "Sampling", False),
            (True, "ClassVar[bool]", True),
            (object(), "NothingKnown", True),
        ],
    )
    def test_values_and_annotations(self, value: object, annotation: str, right: bool) -> None:
        assert fits(value, annotation) is right

    def test_the_types_of_the_interfaces_are_known(self) -> None:
        assert {"Prompt", "Program", "LoadedProblems", "ModelInfo", "Path"} <= known_types().keys()


@pytest.mark.parametrize(
    "group", [registry.Group.BENCHMARKS, registry.Group.MODELS, registry.Group.STRATEGIES]
)
def test_codeevals_own_are_found(group: registry.Group) -> None:
    own = [plugin for plugin in registry.plugins(group) if plugin.own]
    assert own
    for plugin in own:
        try:
            assert callable(plugin.load())
        except CodeEvalError as error:
            assert "import" in error.message  # noqa: PT017 -- an extra that is not installed
