"""A provider for every service that speaks the streaming chat-completions protocol.

Transient failures are marked ``retryable`` and raised; trying again is the
caller's business. The key is sent to the service and shown nowhere else: not
in errors, even when the service repeats it, nor in the provider's ``repr``.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import httpx
import orjson

from framework.clock import Clock, SystemClock
from framework.errors import MissingCredentialError, ProviderError
from framework.llm.chat_stream import ChatStream
from framework.llm.http_errors import status_error, stream_error
from framework.llm.sse import event_data
from framework.model.message import Message, Role

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from framework.llm.base import ModelRequest
    from framework.llm.stream import StreamEvent

OPENAI_BASE = "https://api.openai.com/v1"
TIMEOUT_S = 120.0
_CONNECT_TIMEOUT_S = 10.0
_ERROR_BODY_LIMIT = 64 * 1024
_DONE = "[DONE]"


class OpenAICompatibleProvider:
    """Streams answers of the model ``model`` of one service."""

    def __init__(
        self,
        model: str,
        *,
        api_key: str | None = None,
        api_base: str = OPENAI_BASE,
        timeout_s: float = TIMEOUT_S,
        client: httpx.AsyncClient | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Speak to the service at ``api_base``.

        Args:
            model: the model's name as the service knows it.
            api_key: sent as a bearer token; None for services that need none.
            api_base: the address in front of ``/chat/completions``.
            timeout_s: seconds without a byte after which the service is given up.
            client: used instead of one connection for each answer; the caller closes it.
            clock: tells the time for waits the service gives as a date.

        Raises:
            MissingCredentialError: if the key cannot be sent at all.
        """
        self.model = model
        self._key = (api_key or "").strip()
        if not (self._key.isascii() and self._key.isprintable()):
            raise MissingCredentialError("The API key holds characters that no key has; copy it again.")
        self._api_base = api_base.rstrip("/")
        self._timeout_s = timeout_s
        self._client = client
        self._clock = clock or SystemClock()
        self._tls: Any = None

    def __repr__(self) -> str:
        return f"OpenAICompatibleProvider({self.model!r}, api_base={self._api_base!r})"

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Stream the answer.

        Raises:
            MissingCredentialError: if the service refuses the key.
            ModelNotFoundError: if the service does not know the model.
            ProviderError: for everything else; ``retryable`` says whether to try again.
        """
        model = request.model or self.model
        answer = ChatStream(model)
        is_done = False
        async with self._network_errors(), self._response(request, model) as response:
            async for data in event_data(response.aiter_bytes()):
                if data.strip() == _DONE:
                    is_done = True
                    break
                for event in answer.take(self._chunk(data, model)):
                    yield event
        for event in answer.finish(is_done=is_done):
            yield event

    @asynccontextmanager
    async def _response(self, request: ModelRequest, model: str) -> AsyncGenerator[httpx.Response]:
        headers = {"Accept": "text/event-stream"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        body = _body(request, model, is_openai=self._api_base == OPENAI_BASE)
        async with (
            self._connection() as client,
            client.stream(
                "POST",
                f"{self._api_base}/chat/completions",
                json=body,
                headers=headers,
                timeout=self._timeout(),
            ) as response,
        ):
            if not response.is_success:
                raw = self._without_key(await _start_of(response))
                raise status_error(
                    response.status_code, response.headers, raw, model=model, now=self._clock.now()
                )
            yield response

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[httpx.AsyncClient]:
        if self._client is not None:
            yield self._client
            return
        if self._tls is None:
            self._tls = httpx.create_ssl_context()
        async with httpx.AsyncClient(verify=self._tls) as client:
            yield client

    def _timeout(self) -> httpx.Timeout:
        return httpx.Timeout(self._timeout_s, connect=min(_CONNECT_TIMEOUT_S, self._timeout_s))

    def _chunk(self, data: str, model: str) -> dict[str, Any]:
        try:
            parsed: object = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise ProviderError(
                f"The model's service sent a piece of its answer as {model!r} that is not JSON; try again.",
                retryable=True,
            ) from error
        if not isinstance(parsed, dict):
            raise ProviderError(
                f"The model's service sent a piece of its answer as {model!r} that is no object; try again.",
                retryable=True,
            )
        chunk = cast("dict[str, Any]", parsed)
        if chunk.get("error"):
            raise stream_error(orjson.loads(self._without_key(orjson.dumps(chunk["error"]))), model=model)
        return chunk

    def _without_key(self, text: bytes) -> bytes:
        return text.replace(self._key.encode(), b"***") if self._key else text

    @asynccontextmanager
    async def _network_errors(self) -> AsyncGenerator[None]:
        try:
            yield
        except httpx.TimeoutException as error:
            raise ProviderError(
                f"The model's service at {self._api_base!r} did not answer within "
                f"{self._timeout_s:g} seconds; try again.",
                retryable=True,
            ) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise ProviderError(
                f"{self._api_base!r} is not the address of a service; write it as https://HOST/v1."
            ) from error
        except httpx.ConnectError as error:
            raise ProviderError(
                f"The model's service at {self._api_base!r} cannot be reached; "
                "check the network and the address.",
                retryable=True,
            ) from error
        except httpx.TransportError as error:
            raise ProviderError(
                f"The connection to the model's service at {self._api_base!r} broke off; try again.",
                retryable=True,
            ) from error


async def _start_of(response: httpx.Response) -> bytes:
    start = b""
    async for piece in response.aiter_bytes():
        start += piece
        if len(start) >= _ERROR_BODY_LIMIT:
            break
    return start[:_ERROR_BODY_LIMIT]


def _body(request: ModelRequest, model: str, *, is_openai: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": model,
        "messages": _messages(request),
        "stream": True,
        "stream_options": {"include_usage": True},
        # OpenAI's newer models know only the longer name, other services only the shorter.
        "max_completion_tokens" if is_openai else "max_tokens": request.max_tokens,
    }
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters,
                },
            }
            for tool in request.tools
        ]
    if request.response_schema is not None:
        schema = {"name": "answer", "schema": request.response_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def _messages(request: ModelRequest) -> list[dict[str, Any]]:
    system = [{"role": "system", "content": request.system}] if request.system else []
    return [*system, *(_message(message) for message in request.messages)]


def _message(message: Message) -> dict[str, Any]:
    if message.role is Role.TOOL:
        return {"role": "tool", "tool_call_id": message.tool_use_id or "", "content": message.content}
    if not message.tool_calls:
        return {"role": message.role.value, "content": message.content}
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.input, ensure_ascii=False)},
        }
        for call in message.tool_calls
    ]
    return {"role": "assistant", "content": message.content or None, "tool_calls": calls}
