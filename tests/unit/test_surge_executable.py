"""What is run for each kind of SURGE's rows, on small rows of our own."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from codeeval.benchmarks.surge.executable import Asked, CannotRun, asked, printed
from codeeval.benchmarks.surge.executable.asked import Shape
from codeeval.benchmarks.surge.executable.scripts import option_values
from codeeval.benchmarks.surge.executable.single import TOOLCHAINS, java_class
from codeeval.benchmarks.surge.rows import Features, Row, Subset
from codeeval.sandboxes.images import catalogue
from codeeval.types import Execution, StepResult, StepStatus


def row(subset: Subset, question: str, **features: Any) -> Row:  # Any: whatever a row's features are
    return Row(
        task_id=f"surge/{subset}/0",
        subset=subset,
        features=msgspec.convert(features, Features),
        question=question,
        gt="1",
        sys_0shot="",
        sys_3shot="",
        sys_cot="",
    )


def runnable(made: Asked | CannotRun) -> Asked:
    assert isinstance(made, Asked), made
    return made


def files(made: Asked) -> dict[str, str]:
    return {file.path: file.content for file in made.program.files}


def commands(made: Asked) -> list[str]:
    """Commands without the environment that some start with."""
    words = ([word for word in step.argv if "=" not in word or word[0] == "-"] for step in made.program.steps)
    return [" ".join(each).removeprefix("env ") for each in words]


@pytest.mark.parametrize("language", TOOLCHAINS)
def test_every_language_has_an_image_that_is_known(language: str) -> None:
    made = runnable(asked(row(Subset.ML, "x", language=language)))
    assert made.program.image in catalogue().images
    assert made.program.steps[-1].limits.cpu_s == 60
    assert made.shape is Shape.OUTPUT
    assert list(files(made).values()) == ["x"]


def test_a_compiled_language_is_compiled_first() -> None:
    made = runnable(asked(row(Subset.CL, "int main() {}", language="CPP")))
    assert commands(made) == ["g++ -std=c++17 -o main main.cpp", "./main"]
    assert [step.name for step in made.program.steps] == ["compile", "run"]


def test_a_language_without_toolchain_is_refused() -> None:
    made = asked(row(Subset.ML, "x", language="COBOL"))
    assert isinstance(made, CannotRun)
    assert "COBOL" in made.reason


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("class A {}\npublic class B { }", "B"),
        ("class A { public static void main(String[] a) {} }\nclass B {}", "A"),
        ("class A {}\nclass B { static void main(String[] a) {} }", "B"),
        ("int nothing;", "Main"),
    ],
)
def test_java_starts_the_class_with_main(source: str, name: str) -> None:
    assert java_class(source) == name


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("cpp", "int main() {", ["g++ -std=c++11 /app/test.cpp -o /app/test", "/app/test"]),
        ("python3", "print(1", ["python3 /app/test.py"]),
        ("java", "public class Two {", ["javac /app/Two.java", "java -cp /app Two"]),
    ],
)
def test_buggy_programs_are_placed_as_in_the_prompt(language: str, source: str, expected: list[str]) -> None:
    made = runnable(asked(row(Subset.BG, source, language=language)))
    assert commands(made) == expected
    assert (made.program.image, made.shape) == ("surge", Shape.COMPILED)
    assert "LC_ALL=C" in made.program.steps[0].argv


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("clang++-C++11--O1", "clang++ -std=c++11 -O1 test.cpp -o test"),
        ("g++-C++03--Os", "g++ -std=c++03 -Os test.cpp -o test"),
    ],
)
def test_a_dialect_is_given_its_standard_name(key: str, expected: str) -> None:
    made = runnable(asked(row(Subset.DR, "int main() {}", key=key)))
    assert commands(made) == [expected, "./test"]
    assert made.shape is Shape.SHELL


def test_an_unknown_dialect_is_refused() -> None:
    assert isinstance(asked(row(Subset.DR, "", key="icc-C++11")), CannotRun)


def test_a_script_and_its_command_line() -> None:
    question = "code:```\nprint('```')\n```\ncommand:```\npython a_1.py --A 1 2 ;3 4 --t -0.5\n```"
    made = runnable(asked(row(Subset.SC, question, fid="a_1.py")))
    assert files(made) == {"a_1.py": "print('```')\n"}
    assert made.program.steps[0].argv == ("python3", "a_1.py", "--A", "1 2 ;3 4", "--t", "-0.5")


@pytest.mark.parametrize("question", ["print(1)", "code:```\nx\n```\ncommand:```\nnode a.js\n```"])
def test_a_script_without_command_is_refused(question: str) -> None:
    assert isinstance(asked(row(Subset.TC, question)), CannotRun)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('--list "-881 193" --target 3', ("--list", "-881 193", "--target", "3")),
        ("--A 1 2 ;3 4 ", ("--A", "1 2 ;3 4")),
        ("first --quiet", ("first", "--quiet")),
        ('--edges "" --a 1', ("--edges", "", "--a", "1")),
        ("--text a--b", ("--text", "a--b")),
        ("", ()),
    ],
)
def test_text_between_options_is_one_value(text: str, words: tuple[str, ...]) -> None:
    assert option_values(text) == words


REPOSITORY = (
    "Here is the code repository:one.h:<start_file>int one();<endfile>main.cpp:<start_file>int main() {}"
    "<endfile>, and the input file is:./input/1.txt:<start_file>4 5<enfile>"
)


def test_a_repository_with_its_input() -> None:
    build = "g++ main.cpp -o main\n./main"
    made = runnable(asked(row(Subset.RL, REPOSITORY, run_instruction=build)))
    assert files(made) == {"one.h": "int one();", "main.cpp": "int main() {}"}
    assert made.program.stdin == "4 5"
    assert commands(made) == ["g++ main.cpp -o main", "./main"]
    assert [step.name for step in made.program.steps] == ["compile", "run"]


def test_make_finds_the_file_that_the_row_renamed() -> None:
    makefile = "makefile:<start_file>main: main-3.cpp\n\tg++ main-3.cpp -o main<end_file>"
    question = REPOSITORY.replace(", and the", makefile + ", and the")
    made = runnable(asked(row(Subset.RL, question, run_instruction="make")))
    assert files(made)["main-3.cpp"] == files(made)["main.cpp"]
    assert commands(made) == ["make", "./main"]


def test_the_sudoku_player_writes_into_a_file() -> None:
    question = 'main.cpp:<start_file>open("sudoku.txt")<end_file>;game.txt:<start_file><$ 1\n2 $<endfile>'
    made = runnable(asked(row(Subset.RL, question, run_instruction="./main.exe -s game.txt")))
    assert files(made)["game.txt"] == "$ 1\n2 $"
    assert commands(made)[1:] == ["./main.exe -s game.txt", "cat sudoku.txt"]


def test_plots_are_generated_by_one_script() -> None:
    library = "from .tikzeng import *\ndef to_generate(a, b): ..."
    question = f"repo:\n```\n{library}\n```function:\ndef plot_2():\n    return []"
    made = runnable(asked(row(Subset.RL, question, repo="PlotNeuralNet")))
    script = files(made)["main.py"]
    assert "from .tikzeng" not in script
    assert script.rstrip().endswith("to_generate(plot_2(), 'generated.tex')")
    assert commands(made) == ["python3 main.py", "cat generated.tex"]


@pytest.mark.parametrize("instruction", ["make", "./main.exe -s game.txt", ""])
def test_a_repository_without_files_is_refused(instruction: str) -> None:
    assert isinstance(asked(row(Subset.RL, "text", run_instruction=instruction)), CannotRun)


def test_proofs_are_not_run() -> None:
    made = asked(row(Subset.FL, "theorem"))
    assert isinstance(made, CannotRun)
    assert "Lean" in made.reason


def ended(name: str, code: int, out: str, err: str = "") -> StepResult:
    return StepResult(name=name, status=StepStatus.EXITED, exit_code=code, stdout=out, stderr=err)


@pytest.mark.parametrize(
    ("shape", "steps", "text"),
    [
        (Shape.OUTPUT, [ended("compile", 0, "made", "warn"), ended("run", 0, "out", "err")], "out"),
        (Shape.OUTPUT, [ended("run", 1, "out", "err")], "outerr"),
        (Shape.OUTPUT, [], ""),
        (Shape.COMPILED, [ended("compile", 1, "", "wrong")], "Compilation Error: wrong"),
        (Shape.COMPILED, [ended("compile", 0, "", "warn"), ended("run", 1, "out", "err")], "outerr"),
        (Shape.SHELL, [ended("compile", 0, "", "warn "), ended("run", 0, "out", "err ")], "warn err out"),
    ],
)
def test_output_is_put_together_as_answers_are(shape: Shape, steps: list[StepResult], text: str) -> None:
    made = msgspec.structs.replace(runnable(asked(row(Subset.ML, "x", language="C"))), shape=shape)
    assert printed(made, Execution(task_id="t", sample=0, steps=tuple(steps))) == text
