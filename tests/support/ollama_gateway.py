"""Ollama's wire format in front of llama.cpp's own server, so that a real model answers ``ollama:``.

What is asked comes out as docs.ollama.com/api describes it: newline-delimited JSON, one object a piece, the
last with ``done``, ``done_reason`` and the counts. As with Ollama, a prompt beyond ``num_ctx`` is cut, not
refused.
"""

from __future__ import annotations

import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType


class OllamaGateway:
    """Serves on loopback until closed; ``behind`` is an OpenAI-compatible URL that ends in ``/v1``."""

    def __init__(self, behind: str) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(behind))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(behind: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            chat = self.path == "/api/chat"
            assert chat or (self.path == "/api/generate" and asked["raw"])
            answer = _ask(behind, chat, asked)
            self.send_response(200)
            self.send_header("content-type", "application/x-ndjson")
            self.end_headers()
            for piece in _pieces(asked["model"], chat, answer):
                self.wfile.write(json.dumps(piece).encode() + b"\n")

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return Handler


def _ask(behind: str, chat: bool, asked: dict[str, Any]) -> dict[str, Any]:
    options = asked["options"]
    body = {
        "temperature": options["temperature"],
        "top_p": options["top_p"],
        "max_tokens": options["num_predict"],
        "stop": options.get("stop", []),
    }
    if "seed" in options:
        body["seed"] = options["seed"]
    if chat:
        turns = asked["messages"]
        longest = 4 * options["num_ctx"]
        cut = any(len(turn["content"]) > longest for turn in turns)
        body["messages"] = [
            {**turn, "content": turn["content"][:200] if cut else turn["content"]} for turn in turns
        ]
    else:
        cut = False
        body["prompt"] = asked["prompt"]
    request = urllib.request.Request(
        f"{behind}/{'chat/' if chat else ''}completions",
        json.dumps(body).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        answer: dict[str, Any] = json.load(response)
    if cut:
        answer["usage"]["prompt_tokens"] = options["num_ctx"]
    return answer


def _pieces(model: str, chat: bool, answer: dict[str, Any]) -> list[dict[str, Any]]:
    choice = answer["choices"][0]
    text = choice["message"]["content"] if chat else choice["text"]
    half = len(text) // 2
    pieces: list[dict[str, Any]] = []
    for part in (text[:half], text[half:], ""):
        content = {"message": {"role": "assistant", "content": part}} if chat else {"response": part}
        pieces.append({"model": model, "created_at": "2025-01-01T00:00:00Z", "done": False, **content})
    pieces[-1] |= {
        "done": True,
        "done_reason": choice["finish_reason"],
        "total_duration": 5_000_000,
        "prompt_eval_count": answer["usage"]["prompt_tokens"],
        "eval_count": answer["usage"]["completion_tokens"],
    }
    return pieces
