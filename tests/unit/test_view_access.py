"""Who may look at the page of ``codeeval view``, and what every response forbids."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING

import pytest
from support.runs import P, make_run
from support.viewing import Viewed, viewing

from codeeval.cli.main import run_command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewed]:
    folder = tmp_path_factory.mktemp("view")
    make_run(folder / "run", "humaneval", {"HumanEval/0": [P, P]})
    with viewing(folder) as viewed:
        yield viewed


class Reply:
    """A response, with its body read."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()


def ask(served: Viewed, path: str, method: str = "GET", **headers: str) -> Reply:
    connection = http.client.HTTPConnection(served.base.removeprefix("http://"), timeout=60)
    connection.request(method, path, headers=headers)
    reply = Reply(connection.getresponse())
    connection.close()
    return reply


@pytest.fixture(scope="module")
def cookie(served: Viewed) -> str:
    reply = ask(served, served.url.removeprefix(served.base))
    assert reply.status == 303
    assert reply.headers["location"] == "/"
    whole = str(reply.headers["set-cookie"])
    assert {"HttpOnly", "SameSite=Strict"} <= set(whole.split("; "))
    return whole.partition(";")[0]


def test_only_the_token_opens_it(served: Viewed, cookie: str) -> None:
    for path in ("/", "/assets/page.js", "/events", "/?token=", "/?token=wrong", "/nothing"):
        reply = ask(served, path)
        assert reply.status == 401
        assert "run.json" not in reply.text
    assert ask(served, "/", Cookie=cookie.partition("=")[0] + "=wrong").status == 401
    assert ask(served, "/", Cookie=cookie).status == 200


def test_other_names_of_this_machine_and_other_methods_are_refused(served: Viewed, cookie: str) -> None:
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "0.0.0.0", "[", ""):
        assert ask(served, "/", Host=host, Cookie=cookie).status in {400, 403}
    assert ask(served, "/", Host="localhost:1", Cookie=cookie).status == 200
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert ask(served, "/", method, Cookie=cookie).status == 405


def test_a_redirect_stays_here(served: Viewed) -> None:
    token = served.url.partition("token=")[2]
    reply = ask(served, f"//evil.example/?token={token}&run=%0d%0ax:%201")
    assert reply.status == 303
    assert reply.headers["location"] == "/evil.example/?run=%0D%0Ax%3A+1"


def test_every_response_has_the_policy(served: Viewed, cookie: str) -> None:
    for path, status in (("/", 200), ("/assets/view.js", 200), ("/nothing", 404), ("/run/0", 404)):
        reply = ask(served, path, Cookie=cookie)
        assert reply.status == status
        policy = str(reply.headers["content-security-policy"])
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cache-control"] == "no-store"


def test_bad_questions_get_an_answer_with_a_remedy(served: Viewed, cookie: str) -> None:
    run = ask(served, "/", Cookie=cookie).text.partition('"id":"')[2][:12]
    for path, status, part in (
        ("/compare", 422, "Choose from 2 to 8"),
        (f"/compare?run={run}&run={run}", 422, "named twice"),
        (f"/compare?run={run}&run=%00", 404, "unknown run"),
        (f"/results?{f'run={run}&' * 9}", 422, "Choose from 1 to 8"),
        (f"/run/{run}/tasks/1", 422, "1 tasks"),
        (f"/run/{run}/tasks/0?sample=2", 422, "2 samples"),
        (f"/run/{run}/search?q=+", 422, "Write a word"),
        ("/assets/..%2fpage.py", 404, ""),
    ):
        reply = ask(served, path, Cookie=cookie)
        assert (reply.status, part in reply.text) == (status, True), path
    assert ask(served, f"/run/{run}/tasks/0?sample=x", Cookie=cookie).status == 200
    page = ask(served, "/compare", Cookie=cookie, Accept="text/html")
    assert page.status == 422
    assert "<h1>Cannot be shown</h1>" in page.text


def test_what_cannot_be_served_is_said(
    served: Viewed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["view", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err
    port = served.base.rpartition(":")[2]
    assert run_command(["view", str(tmp_path), "--port", port]) == 2
    assert "--port" in capsys.readouterr().err
