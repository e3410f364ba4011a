"""Sessions of ``codeeval serve``, and the description of its routes."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from support.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.bubblewrap


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    arguments = ("--sandbox", "bubblewrap", "--workers", "1", "--max-sessions", "2", "--session-idle", "2")
    with serving(tmp_path_factory.mktemp("serve"), *arguments) as found:
        yield found


class Session:
    def __init__(self, served: Served) -> None:
        self.served = served
        reply = served.call("/v1/sessions", {})
        assert reply.status == 200, reply.text
        self.path = f"/v1/sessions/{reply.json['id']}"

    def run(self, **body: object) -> Any:
        reply = self.served.call(f"{self.path}/exec", body)
        assert reply.status == 200, reply.text
        return reply.json

    def close(self) -> int:
        return self.served.call(self.path, method="DELETE").status


@pytest.fixture
def session(served: Served) -> Iterator[Session]:
    made = Session(served)
    yield made
    made.close()


def test_files_stay_and_processes_do_not(session: Session) -> None:
    first = session.run(code="open('a.txt', 'w').write('kept')\nimport os\nos.mkdir('d')")
    assert first["outcome"] == "PASSED"
    assert session.run(code="print(open('a.txt').read())")["stdout"] == "kept\n"
    started = session.run(command="sleep 60 & echo $$; touch d/x; echo error >&2; exit 3")
    assert (started["outcome"], started["exit_code"], started["stderr"]) == ("RUNTIME_ERROR", 3, "error\n")
    listed = session.run(command="ls -p; ls d; cat", stdin="in")
    assert listed["stdout"].split() == ["a.txt", "d/", "x", "in"]
    assert "sleep" not in session.run(command="cat /proc/[0-9]*/cmdline | tr '\\0' ' '")["stdout"]


def test_files_in_and_out(session: Session) -> None:
    content = base64.b64encode(bytes(range(256))).decode()
    assert session.served.call(f"{session.path}/upload", {"files": {"x/y.bin": content}}).status == 200
    assert session.run(command="wc -c < x/y.bin")["stdout"].strip() == "256"
    paths = {"paths": ["x/y.bin", "not there"]}
    assert session.served.call(f"{session.path}/download", paths).json["files"] == {"x/y.bin": content}
    fetched = session.run(command="echo 1 > one", fetch=["one"])
    assert base64.b64decode(fetched["files"]["one"]) == b"1\n"
    assert session.served.call(f"{session.path}/download", {"paths": ["../x"]}).status == 422


def test_limits_and_what_comes_after(session: Session) -> None:
    session.run(command="echo here > a")
    endless = session.run(code="while True: pass", limits={"cpu_s": 0.3})
    assert endless["outcome"] == "TIMEOUT"
    waits = session.run(command="sleep 60", limits={"wall_s": 0.5})
    assert waits["outcome"] == "TIMEOUT"
    assert session.run(command="cat a")["stdout"] == "here\n"
    assert session.served.call(f"{session.path}/exec", {"code": "1", "command": "1"}).status == 422


def test_sessions_do_not_see_each_other(served: Served, session: Session) -> None:
    session.run(command="echo secret > /tmp/a; echo secret > b")
    other = Session(served)
    assert other.run(command="ls . /tmp")["stdout"].split() == [".:", "/tmp:"]
    full = served.call("/v1/sessions", {})
    assert (full.status, full.json["error"]["code"]) == (429, "too_many_sessions")
    assert served.run_code("import os; print(os.listdir('.'))")["run_result"]["stdout"] == "[]\n"
    assert other.close() == 200
    assert other.close() == 404


def test_an_idle_session_ends(served: Served) -> None:
    idle = Session(served)
    busy = idle.run(command="sleep 3; echo done", limits={"wall_s": 10})  # busy is not idle
    assert busy["stdout"] == "done\n"
    deadline = time.monotonic() + 20
    while served.metric("codeeval_sessions") and time.monotonic() < deadline:
        time.sleep(0.2)
    reply = served.call(f"{idle.path}/exec", {"command": "true"})
    assert (reply.status, reply.json["error"]["code"]) == (404, "no_session")


def test_a_session_whose_sandbox_dies(session: Session) -> None:
    reply = session.served.call(f"{session.path}/exec", {"code": "import os\nos.kill(1, 9)\nprint('alive')"})
    assert reply.status == 200  # process 1 is not the program's to kill
    assert session.run(command="echo on")["stdout"] == "on\n"


def test_the_description_of_the_routes(served: Served) -> None:
    found = served.call("/openapi.json").json
    assert found["openapi"] == "3.1.0"
    paths = found["paths"]
    assert {"/run_code", "/v1/execute", "/v1/sessions/{id}/exec", "/get_reward"} <= set(paths)
    for path, methods in paths.items():
        for operation in methods.values():
            assert operation["summary"], path
            for name in operation.get("parameters", []):
                assert f"{{{name['name']}}}" in path
    schema = {"$ref": "#/components/schemas/ExecuteBody", "components": found["components"]}
    checker = jsonschema.Draft202012Validator(schema)
    assert checker.is_valid({"code": "print(1)", "limits": {"cpu_s": 1.0}, "clock": "wall"})
    assert not checker.is_valid({"code": 1})
    assert not checker.is_valid({"code": "", "clock": "moon"})
    reference = {"$ref": "#/components/schemas/ExecutionResult", "components": found["components"]}
    answer = served.call("/v1/execute", {"code": "print(1)"}).json
    jsonschema.validate(answer, reference, cls=jsonschema.Draft202012Validator)
    assert "/v1/execute" in served.call("/docs").text
