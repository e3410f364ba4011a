"""The service under other tools' own clients: verl's, SandboxFusion's, ms-enclave's and OpenRLHF's."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import sys
import threading
import time
import types
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.trainers, pytest.mark.docker]

ADDS = "a, b = map(int, input().split())\nprint(a + b)"
SUMS = {"inputs": ["1 2", "3 4"], "outputs": ["3\n", "7\n"]}
WAITS = "import time\ntime.sleep(60)"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, demand_image: Callable[[str], None]) -> Iterator[Served]:
    for image in ("python", "gcc"):
        demand_image(image)
    arguments = ("--sandbox", "docker", "--languages", "python,cpp", "--workers", "16")
    with serving(tmp_path_factory.mktemp("serve"), *arguments) as found:
        yield found


class TestVerl:
    """The cases of verl's tests/utils/reward_score/test_sandbox_fusion_on_cpu.py."""

    def check(
        self, served: Served, code: str, cases: dict[str, Any], *, timeout: int = 10, language: str = "python"
    ) -> list[Any]:
        pytest.importorskip("verl")
        from verl.utils.reward_score.sandbox_fusion import utils  # noqa: PLC0415 -- slow to load

        results, told = utils.check_correctness(
            f"{served.url}/run_code",
            cases,
            code,
            timeout=timeout,
            memory_limit_mb=1024,
            language=language,
            concurrent_semaphore=threading.Semaphore(64),
        )
        assert len(told) == len(results)
        return results  # type: ignore[no-any-return]

    def test_right_and_wrong(self, served: Served) -> None:
        assert self.check(served, ADDS, SUMS) == [True, True]
        assert self.check(served, "print('no')", SUMS) == [False, False]

    def test_compile_error(self, served: Served) -> None:
        assert self.check(served, "a=b", SUMS, language="cpp") == [-4, -4]

    def test_runtime_error(self, served: Served) -> None:
        assert self.check(served, "raise ValueError('no')", {"inputs": [""], "outputs": [""]}) == [-2]

    def test_timeout(self, served: Served) -> None:
        began = time.monotonic()
        found = self.check(served, WAITS, {"inputs": [""], "outputs": [""]}, timeout=2)
        assert found == [-3]
        assert time.monotonic() - began < 8

    def test_inputs(self, served: Served) -> None:
        echo = "import sys\nprint(repr(sys.stdin.read()))"
        cases = {"inputs": [None, "", "a\nb"], "outputs": ["''\n", "''\n", "'a\\nb'\n"]}
        assert self.check(served, echo, cases) == [True] * 3

    def test_a_function(self, served: Served) -> None:
        code = "class Solution:\n    def add(self, a, b):\n        return a + b"
        cases = {"inputs": ["1\n2", "[1]\n[2]"], "outputs": ["3", "[1, 2]"], "fn_name": "add"}
        assert self.check(served, code, cases) == [True, True]

    def test_assertions(self, served: Served) -> None:
        asserts = ["assert add(1, 2) == 3", "assert add(0, 0) == 0", "assert add(1, 1) == 3"]
        cases = {"inputs": [""] * 3, "outputs": [None] * 3, "assert_case": asserts}
        assert self.check(served, "def add(a, b):\n    return a + b", cases) == [True, True, -2]

    def test_a_hundred_mixed_cases(self, served: Served) -> None:
        code = (
            "import sys, time\nnumber = int(input())\n"
            "if number % 25 == 24: time.sleep(20)\n"
            "if number % 10 == 7: raise ValueError(number)\n"
            "print(number if number % 10 != 3 else 'wrong')"
        )
        cases = {
            "inputs": [str(number) for number in range(100)],
            "outputs": [f"{number}\n" for number in range(100)],
        }
        expected = [
            -3 if number % 25 == 24 else -2 if number % 10 == 7 else number % 10 != 3 for number in range(100)
        ]
        assert self.check(served, code, cases, timeout=5) == expected

    def test_all_time_out(self, served: Served) -> None:
        """100 such programs of 1 GB for 10 s, as in verl, are in tests/performance/serve_load.py."""
        code = "data = bytearray(200 << 20)\nwhile True: pass"
        cases = {"inputs": [""] * 32, "outputs": [""] * 32}
        assert self.check(served, code, cases, timeout=1) == [-3] * 32

    def test_the_score(self, served: Served) -> None:
        pytest.importorskip("verl")
        from verl.utils.reward_score.sandbox_fusion import compute_score  # noqa: PLC0415 -- slow to load

        url, gate = f"{served.url}/run_code", threading.Semaphore(8)
        cases = {"inputs": ["1 2", "3 4"], "outputs": ["3", "8"]}
        assert compute_score(url, gate, 1024, f"```python\n{ADDS}\n```", cases, continuous=True)[0] == 0.5
        assert compute_score(url, gate, 1024, "no code", SUMS)[0] == 0.0


class TestSandboxFusion:
    """The official client, package ``sandbox-fusion``."""

    @pytest.fixture
    def client(self, served: Served) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydantic, on its own older interface
            found = pytest.importorskip("sandbox_fusion")
        found.set_endpoint(served.url)
        return found

    def test_run_code(self, client: Any) -> None:
        request = client.RunCodeRequest(
            code="print(input())", stdin="hi", language="python", fetch_files=["x"]
        )
        result = client.run_code(request)
        assert (result.status.value, result.run_result.stdout, result.files) == ("Success", "hi\n", {})
        compiled = client.run_code(client.RunCodeRequest(code="int main() { return 3; }", language="cpp"))
        assert (compiled.status.value, compiled.compile_result.return_code) == ("Failed", 0)
        assert compiled.run_result.return_code == 3

    def test_concurrently(self, client: Any) -> None:
        requests = [client.RunCodeRequest(code=f"print({number})", language="python") for number in range(40)]
        results = client.run_concurrent(client.run_code, args=[[request] for request in requests])
        assert [result.run_result.stdout for result in results] == [f"{number}\n" for number in range(40)]
        again = asyncio.run(client.run_code_async(requests[7]))
        assert again.run_result.stdout == "7\n"

    def test_jupyter(self, client: Any) -> None:
        result = client.run_jupyter(client.RunJupyterRequest(cells=["a = 1", "a + 1", "1 / 0"]))
        assert [cell.display for cell in result.cells][1] == [{"text/plain": "2"}]
        assert result.cells[2].error[0]["ename"] == "ZeroDivisionError"

    def test_submit(self, client: Any) -> None:
        row = {
            "id": 1,
            "content": "Print twice the number.",
            "test": [{"input": {"stdin": "2"}, "output": {"stdout": "4"}}],
        }
        config = client.TestConfig(dataset_type="CommonOJDataset", language="python", provided_data=row)
        right = "```python\nprint(2 * int(input()))\n```"
        request = client.SubmitRequest(dataset="mine", id=1, completion=right, config=config)
        assert client.submit(request).accepted is True
        wrong = client.SubmitRequest(dataset="mine", id=1, completion="```python\n1\n```", config=config)
        assert client.submit(wrong).accepted is False
        prompt = client.get_prompt_by_id(client.GetPromptByIdRequest(dataset="mine", id=1, config=config))
        assert prompt.prompt == row["content"]


class TestMsEnclave:
    """ms-enclave's client of SandboxFusion, which evalscope executes code with."""

    def run(self, served: Served, tool: str, **parameters: object) -> Any:
        manager = pytest.importorskip("ms_enclave.sandbox.manager")
        model = pytest.importorskip("ms_enclave.sandbox.model")

        async def execute() -> Any:
            config = model.VolcengineSandboxManagerConfig(base_url=served.url)
            wanted = model.VolcengineSandboxConfig(tools_config={tool: {}})
            async with manager.VolcengineSandboxManager(config) as opened:
                sandbox = await opened.create_sandbox(model.SandboxType.VOLCENGINE, wanted)
                return await opened.execute_tool(sandbox, tool, parameters)

        return asyncio.run(execute())

    def test_python(self, served: Served) -> None:
        right = self.run(served, "python_executor", code="print(6 * 7)")
        assert (right.status.value, right.output, right.error) == ("success", "42\n", None)
        wrong = self.run(served, "python_executor", code="print(1)\nraise ValueError('no')")
        assert (wrong.status.value, wrong.output) == ("error", "1\n")
        assert "ValueError: no" in wrong.error

    def test_another_language(self, served: Served) -> None:
        code = '#include <cstdio>\nint main() { std::puts("C++"); }'
        assert self.run(served, "multi_code_executor", code=code, language="cpp").output == "C++\n"
        broken = self.run(served, "multi_code_executor", code="a = b", language="cpp")
        assert (broken.status.value, "a = b" in broken.error) == ("error", True)


class TestOpenRLHF:
    """OpenRLHF's own request for rewards; its module is loaded by itself, as its own tests do."""

    def rewards(self, served: Served, labels: list[object], query: str = "") -> list[float]:
        found = importlib.util.find_spec("openrlhf")
        if found is None or not found.submodule_search_locations:
            pytest.skip("no openrlhf")
        file = Path(found.submodule_search_locations[0], "utils", "agent.py")
        logs = types.SimpleNamespace(init_logger=logging.getLogger)
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(sys.modules, "openrlhf.utils.logging_utils", logs)
            spec = importlib.util.spec_from_file_location("agent_of_openrlhf", file)
            assert spec is not None
            assert spec.loader is not None
            agent = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(agent)
        executor = agent.SingleTurnAgentExecutor([f"{served.url}/get_reward{query}"])
        prompt = "Write double.\n"
        answer = "```python\ndef double(x):\n    return 2 * x\n```"

        async def each() -> list[Any]:
            calls = (
                executor._fetch_rewards_via_http([prompt + answer], [prompt], [label]) for label in labels
            )
            return await asyncio.gather(*calls)

        return [reward for (answer,) in asyncio.run(each()) for reward in answer["rewards"]]

    def test_rewards(self, served: Served) -> None:
        right = {"tests": "assert double(2) == 4", "entry_point": "double"}
        labels = [right, {**right, "tests": "assert double(2) == 5"}, json.dumps(right)]
        assert self.rewards(served, labels) == [1.0, 0.0, 1.0]
        assert self.rewards(served, labels, "?protocol=sealed") == [1.0, 0.0, 1.0]
