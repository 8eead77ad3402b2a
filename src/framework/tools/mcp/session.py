"""One session with one server, in our own terms: its tools, calls to them, and what went wrong in words."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.client.session import ClientSession
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from framework.errors import McpServerError
from framework.model.tool import Effect, Risk, ToolResult
from framework.tools.mcp.config import Transport
from framework.tools.mcp.content import text_of
from framework.tools.mcp.http import http_streams
from framework.tools.mcp.remote_tool import RISK_META, RemoteTool, remote_tool
from framework.tools.mcp.stdio import stdio_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AsyncExitStack

    from framework.tools.mcp.config import ServerConfig
    from framework.tools.mcp.launch import Launch
    from framework.tools.mcp.link import Link

_CLIENT = types.Implementation(name="hive", version="1")
_MODERN_ONLY = (types.UNSUPPORTED_PROTOCOL_VERSION, types.METHOD_NOT_FOUND)
_MAX_PAGES = 100
_MAX_TOOLS = 2000

# These libraries log messages, addresses and tracebacks; whatever goes wrong is said by the call it concerns.
for _name in ("mcp", "client", "httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class _Client(ClientSession):
    """The SDK's session, without the check of results against the schema that the server itself gave."""

    async def validate_tool_result(self, name: str, result: types.CallToolResult) -> None:
        """Check nothing: a pattern in such a schema can hold the whole process for as long as it likes."""
        del name, result


class Session:
    """An open session; made by ``open_session``.

    Attributes:
        announces_changes: whether the server says when its tools change, and can be trusted to be heard.
    """

    def __init__(self, client: ClientSession, config: ServerConfig, launch: Launch) -> None:
        """Wrap a session whose handshake is done."""
        capabilities = client.server_capabilities
        tools = capabilities.tools if capabilities is not None else None
        is_heard = client.initialize_result is not None and config.transport == Transport.STDIO
        self.announces_changes = is_heard and tools is not None and bool(tools.list_changed)
        self._client = client
        self._config = config
        self._known = launch.known

    async def list_tools(self) -> tuple[RemoteTool, ...]:
        """Return the tools the server offers and the configuration lets through.

        Raises:
            McpServerError: if the server does not give a list.
        """
        try:
            listed = await self._pages()
        except (MCPError, ValidationError, RuntimeError) as error:
            said = self._known.failure_text(_said(error))
            raise McpServerError(
                f"it gave no list of its tools: {said}"
            ) from None  # theirs repeats credentials
        return tuple(self._remote(tool) for tool in listed if self._config.offers(tool.name))

    async def call(self, tool: str, arguments: dict[str, Any]) -> ToolResult:
        """Return what the server answers to a call.

        Raises:
            McpServerError: if it answers with an error of the protocol, or with no result.
        """
        try:
            result = await self._client.call_tool(tool, arguments)
        except (MCPError, ValidationError, RuntimeError) as error:
            raise McpServerError(
                self._known.failure_text(_said(error))
            ) from None  # theirs repeats credentials
        return ToolResult("", text_of(result), is_error=result.is_error)

    async def _pages(self) -> list[types.Tool]:
        tools: list[types.Tool] = []
        cursor: str | None = None
        for _ in range(_MAX_PAGES):
            page = await self._client.list_tools(params=types.PaginatedRequestParams(cursor=cursor))
            tools += page.tools
            cursor = page.next_cursor
            if not cursor:
                return tools
            if len(tools) > _MAX_TOOLS:
                break
        raise RuntimeError(f"it has more than {_MAX_TOOLS} tools or {_MAX_PAGES} pages of them")

    def _remote(self, tool: types.Tool) -> RemoteTool:
        return remote_tool(
            self._config.name,
            tool.name,
            self._known.redacted(tool.description or ""),
            self._known.redacted_data(tool.input_schema),
            effect=_effect(tool.annotations),
            risk=_risk(tool.annotations, tool.meta),
            timeout_s=self._config.timeout_of(tool.name),
        )


async def open_session(
    stack: AsyncExitStack, config: ServerConfig, launch: Launch, link: Link, *, on_change: Callable[[], None]
) -> Session:
    """Connect to a server and return the session, which ends with ``stack``.

    Args:
        stack: of the task that owns the session.
        config: the server.
        launch: what it is started or reached with.
        link: told when the connection is lost.
        on_change: called when the server says that its tools changed.

    Raises:
        McpServerError: if the server refuses the handshake.
        OSError: if it cannot be started.
    """
    streams = stdio_streams if config.transport == Transport.STDIO else http_streams
    read, write = await stack.enter_async_context(streams(launch, link))

    async def hear(message: object) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            on_change()

    client = _Client(read, write, message_handler=hear, client_info=_CLIENT)
    await stack.enter_async_context(client)
    try:
        await _shake_hands(client)
    except (MCPError, ValidationError, RuntimeError) as error:
        said = launch.known.failure_text(_said(error))
        raise McpServerError(f"it refused the handshake: {said}") from None  # theirs repeats credentials
    return Session(client, config, launch)


async def _shake_hands(client: ClientSession) -> None:
    try:
        await client.initialize()
    except MCPError as error:
        if error.code not in _MODERN_ONLY:
            raise
        await client.discover()


def _effect(annotations: types.ToolAnnotations | None) -> Effect:
    if annotations is None:
        return Effect.ONCE
    if annotations.read_only_hint:
        return Effect.NONE
    return Effect.IDEMPOTENT if annotations.idempotent_hint else Effect.ONCE


def _risk(annotations: types.ToolAnnotations | None, meta: Mapping[str, Any] | None = None) -> Risk:
    """Return the risk that the server names; else only a tool that destroys is held up for a person."""
    named = meta.get(RISK_META) if meta else None
    if isinstance(named, str) and named in set(Risk):
        return Risk(named)
    is_destructive = (
        annotations is not None and annotations.destructive_hint and not annotations.read_only_hint
    )
    return Risk.HIGH if is_destructive else Risk.LOW


def _said(error: MCPError | ValidationError | RuntimeError) -> str:
    if isinstance(error, ValidationError):
        return "its answer is not what the protocol asks for"
    return str(error).rstrip(".")
