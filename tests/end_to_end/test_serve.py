"""``codeeval serve`` as its clients see it: SandboxFusion's routes, codeeval's own, bad input, the end."""

from __future__ import annotations

import base64
import gzip
import json
import os
import secrets
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from support.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.bubblewrap
WAITS = "import time\ntime.sleep(60)"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    arguments = ("--sandbox", "bubblewrap", "--workers", "2", "--offline")
    without_data = {name: value for name, value in os.environ.items() if name != "CODEEVAL_DATA_ROOT"}
    with serving(tmp_path_factory.mktemp("serve"), *arguments, env=without_data) as found:
        yield found


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


class TestRunCode:
    """SandboxFusion's ``/run_code``."""

    def test_success(self, served: Served) -> None:
        result = served.run_code("print(input()[::-1])", stdin="olleh", language="python")
        assert (result["status"], result["message"], result["compile_result"]) == ("Success", "", None)
        run = result["run_result"]
        assert (run["status"], run["return_code"], run["stdout"], run["stderr"]) == (
            "Finished",
            0,
            "hello\n",
            "",
        )
        assert 0 < run["execution_time"] < 10
        assert (result["executor_pod_name"], result["files"]) == (None, {})

    def test_failures(self, served: Served) -> None:
        raised = served.run_code("raise ValueError('no')")
        assert raised["status"] == "Failed"
        assert (raised["run_result"]["status"], raised["run_result"]["return_code"]) == ("Finished", 1)
        assert "ValueError: no" in raised["run_result"]["stderr"]
        left = served.run_code("import sys; sys.exit(7)")
        assert (left["status"], left["run_result"]["return_code"]) == ("Failed", 7)
        killed = served.run_code("import os; os.kill(os.getpid(), 11)")
        assert killed["run_result"]["return_code"] == -11

    @pytest.mark.parametrize("code", [WAITS, "while True: pass"])
    def test_limits_are_of_wall_time(self, served: Served, code: str) -> None:
        began = time.monotonic()
        result = served.run_code(code, run_timeout=1)
        assert time.monotonic() - began < 8
        assert (result["status"], result["message"]) == ("Failed", "")
        assert (result["run_result"]["status"], result["run_result"]["return_code"]) == (
            "TimeLimitExceeded",
            None,
        )
        assert 1 <= result["run_result"]["execution_time"] < 2

    def test_limits_may_be_of_cpu_time(self, served: Served) -> None:
        code = "import time\ntime.sleep(1.5)\nprint('slept')"
        assert served.run_code(code, run_timeout=1, limit="cpu")["status"] == "Success"
        assert served.run_code("while True: pass", run_timeout=1, limit="cpu")["status"] == "Failed"

    def test_files(self, served: Served) -> None:
        code = "data = open('d/in.bin', 'rb').read()\nopen('out.bin', 'wb').write(data * 2)\n1 / 0"
        files = {"d/in.bin": b64(b"\xff\x00"), "nothing": None}
        result = served.run_code(code, files=files, fetch_files=["./out.bin", "not there", "d"])
        assert result["files"] == {"./out.bin": b64(b"\xff\x00" * 2)}
        assert result["run_result"]["return_code"] == 1  # as without files to fetch
        assert served.run_code("import os; print(os.listdir('.'))")["run_result"]["stdout"] == "[]\n"

    def test_a_fetched_link_leads_nowhere_else(self, served: Served) -> None:
        code = "import os\nos.symlink('/proc/1/environ', 'a')\nos.symlink('/etc/shadow', 'b')\nos.mkfifo('c')"
        assert served.run_code(code, fetch_files=["a", "b", "c"])["files"] == {}

    def test_memory_and_output(self, served: Served) -> None:
        hungry = served.run_code("x = bytearray(600 << 20)\nx[::4096] = x[::4096]", memory_limit_MB=100)
        assert hungry["status"] == "Failed"
        assert hungry["run_result"]["return_code"] != 0
        long = served.run_code("print('x' * 500_000)")
        assert len(long["run_result"]["stdout"]) == 500_001  # far beyond a pipe's 64 KiB
        flood = served.run_code("while True: print('x' * 65536)")
        assert (flood["status"], flood["run_result"]["status"]) == ("Failed", "Finished")
        assert "KiB" in flood["run_result"]["stderr"]

    def test_unknown_fields_and_no_language(self, served: Served) -> None:
        assert served.run_code("print(1)", expected_stdout="1", args=[])["status"] == "Success"
        assert served.call("/v1/ping").json == "pong"


HUMANEVAL = {
    "task_id": "HumanEval/x",
    "prompt": "def double(x):\n    ",
    "entry_point": "double",
    "test": "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate('a') == 'aa'\n",
}
AUTO_EVAL = {
    "id": 1,
    "content": "Write double, which reads factor.txt.",
    "labels": {"programming_language": "python"},
    "test": json.dumps({"code": "assert double(3) == 6", "asset": {"factor.txt": b64(b"2")}}),
}
COMMON_OJ = {
    "id": 2,
    "content": "Print twice the number.",
    "test": [
        {"input": {"stdin": "1"}, "output": {"stdout": "2"}},
        {"input": {"stdin": "2"}, "output": {"stdout": "FOUR"}},
        {"input": {"stdin": "3"}, "output": {"stdout": "6.00001"}},
    ],
}


class TestSubmit:
    """SandboxFusion's ``/submit``, with the row in the request."""

    def submit(self, served: Served, completion: str, row: object, **config: object) -> dict[str, object]:
        body = {
            "dataset": "mine",
            "id": 7,
            "completion": completion,
            "config": {"provided_data": row, **config},
        }
        reply = served.call("/submit", body)
        assert reply.status == 200, reply.text
        assert reply.json["id"] == 7
        return reply.json  # type: ignore[no-any-return]

    @pytest.mark.parametrize(
        ("completion", "accepted", "kind"),
        [
            ("Sure:\n```python\ndef double(x):\n    return 2 * x\n```", True, "fenced"),
            ("```python\nreturn 2 * x\n```", True, "fenced"),
            ("```python\ndef double(x):\n    return 3 * x", False, "incomplete_fenced"),
            ("def double(x):\n    import os\n    os._exit(0)", False, "heuristic"),
            ("class E:\n    __eq__ = lambda a, b: True\ndef double(x):\n    return E()", False, "heuristic"),
            ("", False, "empty"),
        ],
    )
    def test_humaneval(self, served: Served, completion: str, *, accepted: bool, kind: str) -> None:
        result = self.submit(served, completion, HUMANEVAL, dataset_type="HumanEvalDataset")
        assert (result["accepted"], result["extracted_type"]) == (accepted, kind)
        (test,) = result["tests"]  # type: ignore[misc] # a list
        assert test["passed"] is accepted
        assert test["exec_info"]["status"] == ("Success" if accepted else "Failed")

    def test_auto_eval(self, served: Served) -> None:
        code = "```python\ndef double(x):\n    return x * int(open('factor.txt').read())\n```"
        result = self.submit(served, code, AUTO_EVAL, dataset_type="AutoEvalDataset")
        assert result["accepted"] is True
        assert result["test_code"] == "assert double(3) == 6"

    def test_common_oj(self, served: Served) -> None:
        code = "```python\nx = int(input())\nprint('four' if x == 2 else 2 * x)\n```"
        config = {"dataset_type": "CommonOJDataset", "language": "python"}
        assert self.submit(served, code, COMMON_OJ, **config)["accepted"] is True
        wrong = "print(int(input()) // 2)"
        first = self.submit(served, wrong, COMMON_OJ, **config)
        assert (first["accepted"], [test["passed"] for test in first["tests"]]) == (False, [False])  # type: ignore[attr-defined]
        every = self.submit(served, wrong, COMMON_OJ, extra={"run_all_cases": True}, **config)
        assert [test["passed"] for test in every["tests"]] == [False] * 3  # type: ignore[attr-defined]

    def test_of_a_benchmark(self, served: Served) -> None:
        ids = served.call("/list_ids", {"dataset": "humaneval"}).json
        assert len(ids) == 164
        prompt = served.call("/get_prompt_by_id", {"dataset": "humaneval_python", "id": ids[0]}).json
        assert "has_close_elements" in str(prompt["prompt"])
        body = {"dataset": "humaneval", "id": ids[0], "completion": "def has_close_elements(a, b): return 1"}
        result = served.call("/submit", body).json
        assert (result["accepted"], result["extra"]["outcome"]) == (False, "WRONG_ANSWER")

    def test_prompts_of_rows(self, served: Served) -> None:
        config = {"dataset_type": "AutoEvalDataset", "provided_data": [AUTO_EVAL, AUTO_EVAL]}
        prompts = served.call("/get_prompts", {"dataset": "mine", "config": config, "offset": 1}).json
        assert [prompt["prompt"] for prompt in prompts] == [AUTO_EVAL["content"]]
        results = [{"accepted": True}, {"accepted": False}]
        assert served.call("/get_metrics", {"dataset": "mine", "results": results}).json["pass@1"] == 0.5

    def test_refused(self, served: Served) -> None:
        row = {"provided_data": HUMANEVAL, "dataset_type": "HumanEvalDataset"}
        body = {"dataset": "x", "id": 1, "completion": "x", "config": row}
        logic = served.call("/submit", {**body, "config": {**row, "custom_extract_logic": "open('/x')"}})
        assert (logic.status, "custom_extract_logic" in logic.json["detail"]) == (400, True)
        unknown = served.call("/submit", {**body, "config": {"provided_data": {}, "dataset_type": "Nope"}})
        assert unknown.status == 400
        assert served.call("/submit", {"dataset": "nope", "id": 1, "completion": ""}).status == 400
        no_language = {"provided_data": COMMON_OJ, "dataset_type": "CommonOJDataset"}
        assert served.call("/submit", {**body, "config": no_language}).status == 400


class TestNative:
    """codeeval's own routes."""

    def test_execute(self, served: Served) -> None:
        body = {
            "code": "def double(x): return 2 * x",
            "tests": "assert double(2) == 4",
            "entry_point": "double",
        }
        assert served.call("/v1/execute", body).json["outcome"] == "PASSED"
        wrong = served.call("/v1/execute", {**body, "code": "import os; os._exit(0)"}).json
        assert wrong["outcome"] == "INCOMPLETE"
        limited = {"code": "while True: pass", "limits": {"cpu_s": 0.3}}
        assert served.call("/v1/execute", limited).json["outcome"] == "TIMEOUT"

    def test_many_as_they_come(self, served: Served) -> None:
        codes = ["import time; time.sleep(1)", *(f"print({number})" for number in range(30))]
        body = {"requests": [*({"code": code} for code in codes), {"code": "", "language": "klingon"}]}
        reply = served.call("/v1/execute_many", body, headers={"accept": "application/x-ndjson"})
        lines = [json.loads(line) for line in reply.text.splitlines()]
        assert sorted(line["index"] for line in lines) == list(range(32))
        by_index = {line["index"]: line for line in lines}
        assert [by_index[number]["result"]["stdout"] for number in (1, 30)] == ["0\n", "29\n"]
        assert by_index[31]["error"]["code"] == "invalid_request"
        assert lines.index(by_index[0]) > 5  # it did not keep the others waiting
        whole = served.call("/v1/execute_many", body).json["results"]
        assert [line["index"] for line in whole] == list(range(32))

    def test_evaluate(self, served: Served) -> None:
        body = {
            "benchmark": "humaneval",
            "submissions": [
                {"task_id": "HumanEval/53", "text": "def add(x, y): return x + y"},
                {"task_id": "HumanEval/53", "text": "def add(x, y): return 0", "sample": 1},
            ],
        }
        results = served.call("/v1/evaluate", body).json["results"]
        assert [line["verdict"]["outcome"] for line in results] == ["PASSED", "WRONG_ANSWER"]
        sealed = served.call("/v1/evaluate", {**body, "protocol": "sealed"}).json["results"]
        assert [line["verdict"]["outcome"] for line in sealed] == ["PASSED", "WRONG_ANSWER"]

    def test_health(self, served: Served) -> None:
        assert served.call("/healthz").json == {"status": "ok"}
        assert served.call("/readyz").json == {"status": "ready"}
        before = served.metric('codeeval_programs_total{language="python",outcome="PASSED"}')
        served.run_code("print(1)")
        assert served.metric('codeeval_programs_total{language="python",outcome="PASSED"}') == before + 1

    def test_a_request_id_comes_back(self, served: Served) -> None:
        assert served.call("/healthz", headers={"x-request-id": "mine1"}).headers["x-request-id"] == "mine1"
        odd = served.call("/healthz", headers={"x-request-id": '"}bad'}).headers["x-request-id"]
        assert odd.isalnum()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"language": "klingon"}, 422),
        ({"code": 5}, 422),
        ({"run_timeout": -1}, 422),
        ({"run_timeout": 1e9}, 422),
        ({"run_timeout": float("nan")}, 422),
        ({"memory_limit_MB": "many"}, 422),
        ({"files": {"../x": ""}}, 422),
        ({"files": {"/etc/x": ""}}, 422),
        ({"files": {"x": "%%%"}}, 422),
        ({"files": {"program.py": ""}}, 422),
        ({"fetch_files": ["/etc/passwd"]}, 422),
        ({"stdin": "\ud800"}, 422),
        ({"run_timeout": float("inf")}, 422),
        ({"code": "print('" + "x" * (33 << 20) + "')"}, 413),
    ],
    ids=lambda value: str(value)[:30],
)
def test_bad_fields(served: Served, fields: dict[str, object], status: int) -> None:
    id_ = secrets.token_hex(8)
    body = {"code": "print(1)", **fields}
    reply = served.call("/run_code", body, headers={"x-request-id": id_})
    assert reply.status == status, reply.text[:200]
    assert list(reply.json) == ["detail"]
    assert "Traceback" not in reply.text
    (logged,) = [json.loads(line) for line in served.log.splitlines() if id_ in line]
    assert (logged["status"], logged["route"]) == (status, "POST /run_code")
    assert served.run_code("print(1)")["status"] == "Success"


def test_bad_bodies(served: Served) -> None:
    assert served.call("/run_code", raw=b"{").status == 422
    assert served.call("/run_code", raw=b"[]").status == 422
    assert served.call("/run_code", raw=b'"\xff"').status == 422
    bomb = gzip.compress(b"0" * (64 << 20))
    assert served.call("/run_code", raw=bomb, headers={"content-encoding": "gzip"}).status == 415
    assert served.call("/nowhere", {}).status == 404
    assert served.call("/run_code").status == 405
    deep = served.call("/v1/execute", raw=b'{"code": ' + b"[" * 100_000)
    assert deep.status == 422
    error = served.call("/v1/execute", {"code": "", "limits": {"cpu_s": -1}})
    assert (error.status, error.json["error"]["code"]) == (422, "invalid_request")
    for name in ("nope", "tasks:/etc/passwd", "surrogate:tasks:/etc/passwd", "tasks:pyproject.toml"):
        refused = served.call("/v1/evaluate", {"benchmark": name, "submissions": []})
        assert (refused.status, "root" in refused.text) == (422, False)


def test_a_benchmark_without_data(served: Served) -> None:
    refused = served.call("/v1/evaluate", {"benchmark": "mbpp", "submissions": []})
    assert (refused.status, refused.json["error"]["code"]) == (503, "no_data")
    assert "--data-root" in refused.json["error"]["remedy"]
    asked = {"dataset": "mbpp", "id": "2", "completion": "x"}
    submitted = served.call("/submit", asked)
    assert (submitted.status, list(submitted.json)) == (503, ["detail"])
    assert "Traceback" not in served.log


def test_whoever_leaves_a_stream_takes_its_programs_back(served: Served) -> None:
    before = served.metric("codeeval_cancelled_total")
    requests = [{"code": "print(1)"}, *({"code": WAITS, "clock": "wall", "limits": {"wall_s": 60}},) * 5]
    body = json.dumps({"requests": requests}).encode()
    head = (
        f"POST /v1/execute_many HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as client:
        client.sendall(head.encode() + body)
        received = b""
        while b"PASSED" not in received:
            received += client.recv(1 << 16)
    assert served.run_code("print(1)", run_timeout=5)["status"] == "Success"  # both workers were taken
    assert served.metric("codeeval_cancelled_total") == before + 5


def test_whoever_disconnects_takes_its_program_back(served: Served) -> None:
    before = served.metric("codeeval_cancelled_total")
    clients = []
    body = json.dumps({"code": WAITS, "run_timeout": 60}).encode()
    for _ in range(2):
        client = socket.create_connection(("127.0.0.1", served.port))
        head = f"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        client.sendall(head + body)
        clients.append(client)
    with socket.create_connection(("127.0.0.1", served.port)) as half:
        half.sendall(head + body[:10])
    time.sleep(1)
    for client in clients:
        client.close()
    began = time.monotonic()
    assert served.run_code("print(1)", run_timeout=5)["status"] == "Success"  # both workers were taken
    assert time.monotonic() - began < 9
    assert served.metric("codeeval_cancelled_total") == before + 2
    assert '"problem": "defect"' not in served.log


def test_an_answer_before_the_client_gives_up(served: Served) -> None:
    """With every worker taken, a client of SandboxFusion's has a 504 within its own time-out."""
    with ThreadPoolExecutor(8) as threads:
        body = {"code": "import time\ntime.sleep(11)", "run_timeout": 12}
        blocked = [threads.submit(served.call, "/run_code", body) for _ in range(3)]
        time.sleep(0.5)
        began = time.monotonic()
        late = served.call("/run_code", {"code": "print(1)", "run_timeout": 1, "compile_timeout": 1})
        assert late.status in (200, 504)
        assert time.monotonic() - began < 12
        assert {each.result().status for each in blocked} <= {200, 504}


def test_a_token(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("token")
    token = folder / "token"
    token.write_text("a-long-enough-secret\n")
    arguments = ("--sandbox", "bubblewrap", "--workers", "1", "--max-body", "64KiB")
    with serving(folder, *arguments, "--token", str(token)) as served:
        assert served.call("/run_code", {"code": "print(1)"}).status == 401
        wrong = {"authorization": "Bearer wrong"}
        assert served.call("/run_code", {"code": "print(1)"}, headers=wrong).status == 401
        right = {"authorization": "Bearer a-long-enough-secret"}
        assert served.call("/run_code", {"code": "print(1)"}, headers=right).status == 200
        assert served.call("/metrics").status == 401
        assert served.call("/healthz").status == served.call("/readyz").status == 200
        assert "a-long-enough-secret" not in served.log
        send_without_end(served.port, "a-long-enough-secret")
        assert served.call("/run_code", {"code": "print(1)"}, headers=right).status == 200


def send_without_end(port: int, token: str) -> None:
    """Send a body that never ends; it is cut off."""
    head = (
        "POST /run_code HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(20)
        client.sendall(head.encode())
        with pytest.raises(OSError, match=r"reset|pipe"):
            client.sendall((b"8000\r\n" + b" " * 0x8000 + b"\r\n") * 2000)


def test_the_end_waits_for_what_is_at_work(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("end"), "--sandbox", "bubblewrap", "--workers", "1") as served:
        replies = []
        body = {"code": "import time\ntime.sleep(2)\nprint('done')"}
        client = threading.Thread(target=lambda: replies.append(served.call("/run_code", body)))
        client.start()
        time.sleep(0.7)
        assert served.end() == 0
        client.join()
        assert replies[0].json["run_result"]["stdout"] == "done\n"
        lines = [json.loads(line) for line in served.log.splitlines() if line.startswith("{")]
        assert [line["status"] for line in lines if line["route"] == "POST /run_code"] == [200]
