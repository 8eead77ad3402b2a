"""Answers as services stream them, in the protocol of OpenAI and in that of Anthropic."""

from __future__ import annotations

import json
from typing import Any, NamedTuple, Protocol

from tests.support.model_service import SSE, reply


class Call(NamedTuple):
    """A tool call as it stands in a stream: its arguments are text in pieces."""

    id: str
    name: str
    arguments: tuple[str, ...]


class Said(NamedTuple):
    """What an answer holds; ``read`` are the tokens of the prompt, ``cached`` among them."""

    text: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    thoughts: tuple[str, ...] = ()
    stop: str = "stop"
    read: int = 0
    written: int = 0
    cached: int = 0
    model: str = "m-1"


class Dialect(Protocol):
    """How one protocol puts answers and errors."""

    vendor: str
    path: str

    def events(self, said: Said) -> list[str]:
        """Return the events of an answer, each as its bytes will read."""
        ...

    def error_event(self, kind: str, message: str) -> str:
        """Return an error in the middle of a stream."""
        ...

    def error(self, kind: str, message: str) -> dict[str, Any]:
        """Return the body of an error."""
        ...


def whole(dialect: Dialect, said: Said) -> bytes:
    """Return the HTTP answer that streams ``said``."""
    return stream(*dialect.events(said))


def stream(*events: str) -> bytes:
    """Return an HTTP answer that streams ``events``."""
    return reply(200, "".join(events), SSE)


class OpenAI:
    vendor = "openai"
    path = "/v1/chat/completions"

    def events(self, said: Said) -> list[str]:
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [{"reasoning_content": thought} for thought in said.thoughts]
        deltas += [{"content": piece} for piece in said.text]
        for index, call in enumerate(said.calls):
            function = {"name": call.name, "arguments": ""}
            deltas.append(
                {"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": function}]}
            )
            deltas += [
                {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
                for piece in call.arguments
            ]
        stop = "tool_calls" if said.calls else said.stop
        usage = {
            "prompt_tokens": said.read,
            "completion_tokens": said.written,
            "total_tokens": said.read + said.written,
            "prompt_tokens_details": {"cached_tokens": said.cached},
        }
        chunks = [self._chunk(said, choices=[{"index": 0, "delta": delta}]) for delta in deltas]
        chunks.append(self._chunk(said, choices=[{"index": 0, "delta": {}, "finish_reason": stop}]))
        chunks.append(self._chunk(said, choices=[], usage=usage))
        return [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks] + ["data: [DONE]\n\n"]

    def error_event(self, kind: str, message: str) -> str:
        return f"data: {json.dumps(self.error(kind, message))}\n\n"

    def error(self, kind: str, message: str) -> dict[str, Any]:
        return {"error": {"message": message, "type": kind, "code": kind}}

    def _chunk(self, said: Said, **fields: Any) -> dict[str, Any]:
        return {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": said.model, **fields}


class Anthropic:
    vendor = "anthropic"
    path = "/v1/messages"

    def events(self, said: Said) -> list[str]:
        blocks: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
        if said.thoughts:
            start = {"type": "thinking", "thinking": "", "signature": ""}
            blocks.append(
                (start, [{"type": "thinking_delta", "thinking": thought} for thought in said.thoughts])
            )
        if said.text:
            pieces = [{"type": "text_delta", "text": piece} for piece in said.text]
            blocks.append(({"type": "text", "text": ""}, pieces))
        for call in said.calls:
            start = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
            blocks.append(
                (start, [{"type": "input_json_delta", "partial_json": piece} for piece in call.arguments])
            )
        stop = {"stop": "end_turn", "length": "max_tokens"}[said.stop]
        return [
            self._start(said),
            *(event for index, block in enumerate(blocks) for event in self._block(index, *block)),
            self._event(
                "message_delta",
                delta={"stop_reason": "tool_use" if said.calls else stop, "stop_sequence": None},
                usage={"output_tokens": said.written},
            ),
            self._event("message_stop"),
        ]

    def error_event(self, kind: str, message: str) -> str:
        return self._event("error", error={"type": kind, "message": message})

    def error(self, kind: str, message: str) -> dict[str, Any]:
        return {"type": "error", "error": {"type": kind, "message": message}}

    def _start(self, said: Said) -> str:
        usage = {
            "input_tokens": said.read - said.cached,
            "cache_read_input_tokens": said.cached,
            "cache_creation_input_tokens": 0,
            "output_tokens": 1,
        }
        message = {
            "id": "1",
            "type": "message",
            "role": "assistant",
            "model": said.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage,
        }
        return self._event("message_start", message=message)

    def _block(self, index: int, start: dict[str, Any], deltas: list[dict[str, Any]]) -> list[str]:
        return [
            self._event("content_block_start", index=index, content_block=start),
            *(self._event("content_block_delta", index=index, delta=delta) for delta in deltas),
            self._event("content_block_stop", index=index),
        ]

    def _event(self, kind: str, **fields: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"


DIALECTS: tuple[Dialect, ...] = (OpenAI(), Anthropic())
