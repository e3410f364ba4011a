"""Providers' batch APIs on loopback, as their references describe them; scripts for ``FaultServer``.

OpenAI: ``POST /files`` (multipart, purpose ``batch``), ``POST /batches``, ``GET /batches[/ID]``,
``GET /files/ID/content``. Anthropic: ``POST /v1/messages/batches`` and
``GET /v1/messages/batches[/ID[/results]]``.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any

from support.fault_server import RESET, Reply, chat, error, reply_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.fault_server import Seen


class BatchProvider:
    """What both have in common: how many polls a batch takes, and what happens to which request.

    Args:
        polls: how often a batch is asked for before it has ended.
        fate: what becomes of a request, by its prompt: a text, ``expired``, or an HTTP status with words.
    """

    def __init__(self, polls: int = 2, fate: Callable[[str], str | tuple[int, str]] | None = None) -> None:
        self.polls = polls
        self.fate = fate or (lambda prompt: f"answer to {prompt}")
        self.batches: dict[str, dict[str, Any]] = {}
        self.alone: list[str] = []
        """Prompts that were asked for outside of batches."""
        self.lose_next_answer = False
        """Whether the next batch is created, but the connection breaks before its id is sent."""

    @property
    def asked(self) -> list[str]:
        """All prompts of all batches, in order."""
        return [prompt for batch in self.batches.values() for prompt in batch["prompts"].values()]

    def _keep(self, prompts: dict[str, str], **fields: object) -> dict[str, Any]:
        name = f"batch_{len(self.batches) + 1}"
        self.batches[name] = {"id": name, "prompts": prompts, "polled": 0, **fields}
        return self.batches[name]

    def _created(self, reply: Reply) -> Reply:
        if self.lose_next_answer:
            self.lose_next_answer = False
            return RESET
        return reply

    def _ended(self, batch: dict[str, Any]) -> bool:
        batch["polled"] += 1
        return bool(batch["polled"] > self.polls)


class OpenAIProvider(BatchProvider):
    """OpenAI's."""

    def __init__(self, *arguments: Any, **fields: Any) -> None:  # as the base's
        super().__init__(*arguments, **fields)
        self.files: dict[str, str] = {}
        self.lines: list[dict[str, Any]] = []

    def __call__(self, seen: Seen) -> Reply:  # noqa: PLR0911 -- one an endpoint
        path = seen.path.removeprefix("/v1").partition("?")[0]
        match seen.method, path.strip("/").split("/"):
            case "POST", ["chat", "completions"]:
                prompt = seen.body["messages"][-1]["content"]
                self.alone.append(prompt)
                return self._answer(prompt)
            case "POST", ["files"]:
                assert 'name="purpose"' in seen.body["raw"]
                name = f"file-{len(self.files)}"
                self.files[name] = "".join(re.findall(r'^\{"custom_id".*\n', seen.body["raw"], re.MULTILINE))
                return reply_json({"id": name, "object": "file", "purpose": "batch"})
            case "POST", ["batches"]:
                assert seen.body["completion_window"] == "24h"
                assert seen.body["endpoint"] == "/v1/chat/completions"
                lines = [json.loads(line) for line in self.files[seen.body["input_file_id"]].splitlines()]
                assert all(line["method"] == "POST" for line in lines)
                self.lines += lines
                prompts = {line["custom_id"]: line["body"]["messages"][-1]["content"] for line in lines}
                batch = self._keep(prompts, metadata=seen.body["metadata"], bodies=lines)
                return self._created(reply_json(self._batch(batch, "validating")))
            case "GET", ["batches"]:
                return reply_json(
                    {
                        "object": "list",
                        "data": [self._batch(batch, "in_progress") for batch in self.batches.values()],
                        "has_more": False,
                    }
                )
            case "GET", ["batches", name] if name in self.batches:
                batch = self.batches[name]
                return reply_json(self._batch(batch, "completed" if self._ended(batch) else "in_progress"))
            case "GET", ["files", name, "content"]:
                return Reply(200, self.files[name].encode(), {"content-type": "application/octet-stream"})
            case _:
                return error(404, f"no {seen.path}")

    def _answer(self, prompt: str) -> Reply:
        match self.fate(prompt):
            case (status, words):
                return error(status, words)
            case str(text):
                return chat(text)

    def _batch(self, batch: dict[str, Any], status: str) -> dict[str, Any]:
        if status == "completed" and "output" not in batch:
            good, bad = self._results(batch)
            batch["output"], batch["errors"] = f"{batch['id']}-out", f"{batch['id']}-err"
            self.files[batch["output"]], self.files[batch["errors"]] = good, bad
        total = len(batch["prompts"])
        return {
            "id": batch["id"],
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "input_file_id": "file-0",
            "completion_window": "24h",
            "created_at": 1,
            "status": status,
            "metadata": batch["metadata"],
            "output_file_id": batch.get("output") if status == "completed" else None,
            "error_file_id": batch.get("errors") if status == "completed" else None,
            "request_counts": {"total": total, "completed": 0, "failed": 0},
        }

    def _results(self, batch: dict[str, Any]) -> tuple[str, str]:
        good, bad = [], []
        for number, (name, prompt) in enumerate(reversed(batch["prompts"].items())):
            line: dict[str, Any] = {"id": f"req_{number}", "custom_id": name, "response": None, "error": None}
            match self.fate(prompt):
                case "expired":
                    line["error"] = {"code": "batch_expired", "message": "This request was not executed."}
                    bad.append(line)
                case (status, words):
                    body = {"error": {"message": words}}
                    line["response"] = {"status_code": status, "request_id": "r", "body": body}
                    bad.append(line)
                case str(text):
                    body = json.loads(chat(text).body)
                    line["response"] = {"status_code": 200, "request_id": "r", "body": body}
                    good.append(line)
        return ("".join(json.dumps(line) + "\n" for line in lines) for lines in (good, bad))  # type: ignore[return-value]


class AnthropicProvider(BatchProvider):
    """Anthropic's. Single messages are streamed."""

    def __call__(self, seen: Seen) -> Reply:
        path = seen.path.partition("?")[0]
        base = "/v1/messages"
        if seen.method == "POST" and path == base:
            prompt = seen.body["messages"][-1]["content"]
            self.alone.append(prompt)
            return self._streamed(prompt)
        if seen.method == "POST" and path == f"{base}/batches":
            requests = seen.body["requests"]
            assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", each["custom_id"]) for each in requests)
            assert all(each["params"]["max_tokens"] and not each["params"].get("stream") for each in requests)
            prompts = {each["custom_id"]: each["params"]["messages"][-1]["content"] for each in requests}
            batch = self._keep(prompts, created=dt.datetime.now(dt.UTC).isoformat())
            return self._created(reply_json(self._batch(batch, seen, ended=False)))
        if seen.method == "GET" and path == f"{base}/batches":
            made = [self._batch(batch, seen, ended=False) for batch in reversed(self.batches.values())]
            return reply_json({"data": made, "has_more": False, "first_id": None, "last_id": None})
        found = re.fullmatch(rf"{base}/batches/(\w+)(/results)?", path)
        if found is None or found[1] not in self.batches:
            return error(404, f"no {seen.path}", type="not_found_error")
        batch = self.batches[found[1]]
        if found[2]:
            lines = [self._result(name, prompt) for name, prompt in reversed(batch["prompts"].items())]
            text = "".join(json.dumps(line) + "\n" for line in lines)
            return Reply(200, text.encode(), {"content-type": "application/x-jsonl"})
        ended = batch["polled"] > self.polls or self._ended(batch)
        return reply_json(self._batch(batch, seen, ended=ended))

    def _batch(self, batch: dict[str, Any], seen: Seen, *, ended: bool) -> dict[str, Any]:
        total = len(batch["prompts"])
        results = f"http://{seen.headers['host']}/v1/messages/batches/{batch['id']}/results"
        return {
            "id": batch["id"],
            "type": "message_batch",
            "processing_status": "ended" if ended else "in_progress",
            "request_counts": {
                "processing": 0 if ended else total,
                "succeeded": total if ended else 0,
                "errored": 0,
                "canceled": 0,
                "expired": 0,
            },
            "created_at": batch["created"],
            "expires_at": batch["created"],
            "ended_at": batch["created"] if ended else None,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": results if ended else None,
        }

    def _message(self, text: str) -> dict[str, Any]:
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "m",
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 10, "output_tokens": 5},
        }

    def _result(self, name: str, prompt: str) -> dict[str, Any]:
        match self.fate(prompt):
            case "expired":
                result: dict[str, Any] = {"type": "expired"}
            case (_, words):
                body = {"type": "error", "error": {"type": "invalid_request_error", "message": words}}
                result = {"type": "errored", "error": body}
            case str(text):
                result = {"type": "succeeded", "message": self._message(text)}
        return {"custom_id": name, "result": result}

    def _streamed(self, prompt: str) -> Reply:
        match self.fate(prompt):
            case (status, words):
                body = {"type": "error", "error": {"type": "invalid_request_error", "message": words}}
                return reply_json(body, status)
            case str(text):
                pass
        message = self._message(text) | {"content": [], "stop_reason": None}
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": message},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                "usage": {"output_tokens": 5},
            },
            {"type": "message_stop"},
        ]
        body = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
        return Reply(200, body.encode(), {"content-type": "text/event-stream"})
