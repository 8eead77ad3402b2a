"""The one shape of every answer that refuses, whether an app gives it or the server before any app."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict

_RETRY_S = 5


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    at: str
    reason: str


class Refusal(BaseModel):
    """The body of every answer that refuses."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"error": "This needs the role admin; yours is viewer.", "faults": []}]
        }
    )

    error: str
    faults: list[Fault] = []


def headers_of(status: HTTPStatus) -> dict[str, str]:
    """Return what an answer with this status says beside its body: when to ask again."""
    return {"Retry-After": str(_RETRY_S)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}


def raw_refusal(
    status: HTTPStatus, sentence: str, *, is_last: bool = False
) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Return the headers and the body of an answer, for a server; ``is_last`` closes its connection."""
    body = Refusal(error=sentence).model_dump_json().encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers_of(status)}
    if is_last:
        headers["Connection"] = "close"
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()], body


def refusal_messages(
    status: HTTPStatus, sentence: str, *, is_last: bool = False, prefix: str = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an answer as messages of ASGI; ``prefix`` is ``websocket.`` before an upgrade."""
    headers, body = raw_refusal(status, sentence, is_last=is_last)
    return (
        {"type": f"{prefix}http.response.start", "status": status.value, "headers": headers},
        {"type": f"{prefix}http.response.body", "body": body},
    )
