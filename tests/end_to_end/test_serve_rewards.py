"""The reward routes of ``codeeval serve``, and notebooks, called as the trainers' own code calls them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from support.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.bubblewrap
RIGHT = "```python\ndef double(x):\n    return 2 * x\n```"
WRONG = "```python\ndef double(x):\n    return 3 * x\n```"
LEAVES = "```python\nimport os\ndef double(x):\n    os._exit(0)\n```"
EQUALS = "```python\nclass E:\n    __eq__ = lambda a, b: True\ndef double(x):\n    return E()\n```"
TESTS = "assert double(2) == 4\nassert double('a') == 'aa'"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("serve"), "--sandbox", "bubblewrap", "--workers", "2") as found:
        yield found


class TestOpenRLHF:
    def reward(self, served: Served, response: str, label: object) -> float:
        prompt = "Write double.\n"
        text = label if isinstance(label, str) else json.dumps(label)
        reply = served.call(
            "/get_reward", {"query": [prompt + response], "prompts": [prompt], "labels": [text]}
        )
        assert reply.status == 200, reply.text
        assert reply.json["scores"] == reply.json["rewards"]
        (found,) = reply.json["rewards"]
        return float(found)

    @pytest.mark.parametrize(
        ("response", "earned"), [(RIGHT, 1), (WRONG, 0), (LEAVES, 0), (EQUALS, 0), ("", 0)]
    )
    def test_tests(self, served: Served, response: str, earned: float) -> None:
        assert self.reward(served, response, {"tests": TESTS}) == earned

    def test_cases_and_benchmarks(self, served: Served) -> None:
        cases = {"inputs": ["1", "2"], "outputs": ["2", "4"]}
        assert self.reward(served, "```python\nprint(2 * int(input()))\n```", {"cases": cases}) == 1
        label = {"benchmark": "humaneval", "task_id": "HumanEval/53", "protocol": "sealed"}
        assert self.reward(served, "```python\ndef add(x, y):\n    return x + y\n```", label) == 1
        assert self.reward(served, "```python\ndef add(x, y):\n    return 0\n```", label) == 0

    def test_the_address_may_ask_for_sealed(self, served: Served) -> None:
        answers = []
        for label in (
            {"tests": "assert double(2) == 4", "entry_point": "double"},
            {"benchmark": "humaneval", "task_id": "HumanEval/53"},
        ):
            body = {"query": [RIGHT], "labels": [label]}
            answers.append(served.call("/get_reward?protocol=sealed", body).json["rewards"])
        assert answers == [[1.0], [0.0]]
        wrong = served.call("/get_reward?protocol=other", {"query": [RIGHT], "labels": [label]})
        assert (wrong.status, "sealed" in wrong.json["detail"]) == (422, True)
        item = {"response": EQUALS, "tests": TESTS}
        assert served.call("/reward?protocol=sealed", item).json["reward"] == 0.0
        body = {"program": "def f(x): return 2 * x", "tests": ["assert f(1) == 2", "assert f(1) == 3"]}
        assert served.call("/test_program?protocol=sealed", body).json["results"] == [1, 0]

    def test_bad_labels(self, served: Served) -> None:
        for label in ("{", "[]", "{}", json.dumps({"benchmark": "no", "task_id": "1"})):
            reply = served.call("/get_reward", {"query": ["x"], "prompts": [""], "labels": [label]})
            assert (reply.status, list(reply.json)) == (422, ["detail"])
        assert served.call("/get_reward", {"query": ["x"]}).status == 422


class TestOpenInstruct:
    def test_assertions_count_one_by_one(self, served: Served) -> None:
        tests = ["assert double(1) == 2", "assert double(1) == 3", "assert double(2) == 4", "double(-1)"]
        program = "def double(x):\n    while x < 0: pass\n    return 2 * x"
        reply = served.call("/test_program", {"program": program, "tests": tests, "max_execution_time": 0.5})
        assert reply.json["results"] == [1, 0, 1, 0]
        assert [runtime > 0 for runtime in reply.json["runtimes"]] == [True, False, True, False]
        assert served.call("/health").json == {"status": "healthy"}

    def test_leaving_is_not_passing(self, served: Served) -> None:
        body = {"program": "import os\ndef double(x): os._exit(0)", "tests": ["assert double(1) == 2"]}
        assert served.call("/test_program", body).json["results"] == [0]

    def test_standard_input(self, served: Served) -> None:
        tests = [{"input": "1", "output": "2\n"}, {"input": "x", "output": ""}, {"input": "3", "output": "6"}]
        body = {"program": "print(2 * int(input()))", "tests": tests, "max_execution_time": 2.0}
        assert served.call("/test_program_stdio", body).json["results"] == [1, 0, 1]
        broken = {**body, "program": "print("}
        assert served.call("/test_program_stdio", broken).json == {"results": [0] * 3, "runtimes": [-1.0] * 3}


class TestSkyPilot:
    def test_a_batch(self, served: Served) -> None:
        items = [
            {"prompt": "Write double.", "response": response, "tests": tests, "setup_code": "import math"}
            for response, tests in ((RIGHT, TESTS), (WRONG, TESTS.split("\n")), ("", TESTS), (LEAVES, TESTS))
        ]
        answer = served.call("/batch_reward", {"items": items}).json
        assert [each["passed"] for each in answer["rewards"]] == [True, False, False, False]
        assert (answer["mean_reward"], answer["pass_rate"]) == (0.25, 0.25)
        assert answer["rewards"][1]["error"] == "AssertionError"
        assert served.call("/reward", items[0]).json["reward"] == 1.0


class TestNemoGym:
    def body(self, text: str, **metadata: object) -> dict[str, object]:
        message = {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": text, "annotations": []}],
        }
        return {
            "responses_create_params": {"input": [{"role": "user", "content": "Double it."}]},
            "response": {"id": "r", "output": [{"type": "reasoning", "summary": []}, message]},
            "verifier_metadata": metadata,
        }

    def test_verify(self, served: Served) -> None:
        tests = {"inputs": ["1\n", "2\n"], "outputs": ["2\n", "4\n"]}
        body = self.body("```python\nprint(2 * int(input()))\n```", unit_tests=tests)
        answer = served.call("/verify", body).json
        assert (answer["reward"], answer["response"]["id"]) == (1.0, "r")
        wrong = self.body("```python\nprint(1)\n```", unit_tests=tests)
        assert (served.call("/verify", wrong).json["reward"], served.call("/seed_session", {}).status) == (
            0.0,
            200,
        )
        assert served.call("/verify", {}).status == 422


class TestPiston:
    def test_execute(self, served: Served) -> None:
        body = {
            "language": "py",
            "version": "3.x",
            "files": [
                {"content": "print(input() + open('data.txt').read())"},
                {"name": "data.txt", "content": base64.b64encode(b"!").decode(), "encoding": "base64"},
            ],
            "stdin": "hi",
        }
        answer = served.call("/api/v2/execute", body).json
        assert (answer["language"], answer["run"]["stdout"], answer["run"]["code"]) == ("python", "hi!\n", 0)
        late = {"language": "python", "files": [{"content": "while 1: pass"}], "run_timeout": 300}
        run = served.call("/api/v2/execute", late).json["run"]
        assert (run["signal"], run["code"], run["status"]) == ("SIGKILL", None, "TO")
        assert [each["language"] for each in served.call("/api/v2/runtimes").json] == ["python"]
        refused = served.call("/api/v2/execute", {"language": "cobol", "files": [{"content": ""}]})
        assert (refused.status, list(refused.json)) == (400, ["message"])


class TestNotebooks:
    def test_cells_share_a_namespace(self, served: Served) -> None:
        cells = [
            "a = 123",
            "a",
            "print(a); a + 1;",
            "import sys; sys.stderr.write('aside')",
            "raise RuntimeError('no')",
            "open('out.txt', 'w').write(open('in.txt').read() * 2)",
            "def f(:",
            "display(a, 'b')",
            "sys.exit(3)",
        ]
        files = {"in.txt": base64.b64encode(b"ab").decode()}
        body = {"cells": cells, "files": files, "fetch_files": ["out.txt"]}
        answer = served.call("/run_jupyter", body).json
        assert (answer["status"], answer["driver"]["return_code"]) == ("Success", 0)
        found = answer["cells"]
        assert len(found) == len(cells)
        assert found[1]["display"] == [{"text/plain": "123"}]
        assert (found[2]["stdout"], found[2]["display"]) == ("123\n", [])
        assert found[3]["stderr"] == "aside"
        assert (found[4]["error"][0]["ename"], found[4]["error"][0]["evalue"]) == ("RuntimeError", "no")
        assert base64.b64decode(answer["files"]["out.txt"]) == b"abab"
        assert found[6]["error"][0]["ename"] == "SyntaxError"
        assert [each["text/plain"] for each in found[7]["display"]] == ["123", "'b'"]
        assert found[8]["error"][0]["ename"] == "SystemExit"

    def test_time(self, served: Served) -> None:
        cells = ["1", "import time\ntry:\n    time.sleep(9)\nexcept Exception:\n    pass", "2"]
        by_cell = served.call("/run_jupyter", {"cells": cells, "cell_timeout": 0.5}).json
        assert by_cell["cells"][1]["error"][0]["ename"] == "CellTimeout"
        assert by_cell["cells"][2]["display"] == [{"text/plain": "2"}]
        in_all = served.call("/run_jupyter", {"cells": cells, "total_timeout": 1}).json
        assert (in_all["status"], in_all["driver"]["status"]) == ("Failed", "TimeLimitExceeded")
        assert len(in_all["cells"]) == 1
        taken = {"cells": [], "files": {"cells.json": ""}}
        assert served.call("/run_jupyter", taken).status == 422

    def test_open_r1(self, served: Served) -> None:
        script = (
            "import subprocess, sys\n"
            "def rate():\n"
            "    done = subprocess.run([sys.executable, '-c', 'print(input())'], input='5', text=True,"
            " capture_output=True)\n"
            "    return 1.0 if done.stdout.strip() == '5' else 0.0\n"
            "rate()"
        )
        body = {
            "scripts": [script, "1 / 0"],
            "languages": ["python"] * 2,
            "timeout": 10,
            "request_timeout": 20,
        }
        first, second = served.call("/execute_batch", body).json
        assert (float(first["execution"]["results"][0]["text"]), first["exception_str"]) == (1.0, None)
        assert second["execution"]["error"]["name"] == "ZeroDivisionError"
