"""A model's service on 127.0.0.1, in a thread, that answers what a script says to what is asked."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from framework.llm.base import ModelRequest
from framework.model.message import Message, Role
from framework.model.tool import ToolUse
from tests.support.model_protocols import Call, OpenAI, Said, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from framework.llm.scripted import Answer


@contextmanager
def scripted_service(answer: Callable[[ModelRequest], Answer]) -> Iterator[str]:
    """Serve an OpenAI-compatible model until the block ends; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.wfile.write(whole(OpenAI(), _said(answer(_request(body)))))

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            thread.join()


def _request(body: dict[str, Any]) -> ModelRequest:
    texts = [(each["role"], str(each.get("content") or "")) for each in body["messages"]]
    system = "\n".join(text for role, text in texts if role == "system")
    messages = [Message(Role(role), text) for role, text in texts if role != "system"]
    return replace(ModelRequest(messages=messages), system=system)


def _said(answer: Answer) -> Said:
    calls = [answer] if isinstance(answer, ToolUse) else answer
    if isinstance(calls, str):
        return Said(text=(calls,), read=1, written=1)
    assert isinstance(calls, list)
    uses = tuple(Call(use.id, use.name, (json.dumps(use.input),)) for use in calls)
    return Said(calls=uses, read=1, written=1)
