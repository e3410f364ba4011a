"""A server of OpenAI's API: ``python seeded_server.py HOST PORT MODEL``; each text states prompt and seed."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DELAY_S = 0.3


class Answers(BaseHTTPRequestHandler):
    """Answers each request by what it asks for, and nothing else."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._reply({"object": "list", "data": [{"id": sys.argv[3], "object": "model", "owned_by": "test"}]})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        time.sleep(DELAY_S)
        seen = hashlib.sha256(json.dumps([asked["messages"], asked["seed"]]).encode()).hexdigest()
        message = {"role": "assistant", "content": f"```python\n# {seen}\n```"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        self._reply({"id": "1", "object": "chat.completion", "created": 1, "model": sys.argv[3],
                     "choices": [choice], "usage": usage})  # fmt: skip

    def log_message(self, *_: object) -> None: ...

    def _reply(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Answers).serve_forever()
