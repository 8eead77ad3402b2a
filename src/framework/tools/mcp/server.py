"""One MCP server over its life: started, listed, called, lost, started again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from framework.errors import McpCallLostError, McpServerError
from framework.model.tool import ToolResult
from framework.tools.mcp.connection import Connection
from framework.tools.mcp.pins import difference, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from framework.tools.mcp.config import ServerConfig
    from framework.tools.mcp.launch import Credentials
    from framework.tools.mcp.pins import ToolPin
    from framework.tools.mcp.remote_tool import RemoteTool
    from framework.tools.mcp.session import Session

_FIRST_BACKOFF_S = 0.5
_MOST_BACKOFF_S = 30.0
_CLOSE_TIMEOUT_S = 5.0


class McpServer:
    """A server of the configuration; all its coroutines run in one event loop.

    It connects when first asked, and again when asked after the connection was lost.
    """

    def __init__(self, config: ServerConfig, *, credentials: Credentials, folder: Path | None) -> None:
        """Start nothing yet."""
        self.config = config
        self._credentials = credentials
        self._folder = folder
        self._connection: Connection | None = None
        self._owner: asyncio.Task[None] | None = None
        self._failures = 0
        self._retry_at = 0.0

    async def tools(self) -> tuple[RemoteTool, ...]:
        """Connect unless connected, and return the tools the server has now.

        Raises:
            McpServerError: if it cannot be started, reached or listed.
        """
        return await self._listed(await self._connected())

    async def call(self, tool: str, arguments: dict[str, Any], *, name: str, pin: ToolPin) -> ToolResult:
        """Call a tool, unless it is no longer what ``pin`` says.

        A lost connection is made again first, but a call that was under way when it was lost is not repeated.

        Args:
            tool: the server's name for it.
            arguments: of the call.
            name: the name the model knows it by.
            pin: what was approved.

        Raises:
            McpServerError: if the server is down, or does not answer the call with a result.
        """
        connection, tools = await self._revived()
        changed = difference(pin, next((listed.pin for listed in tools if listed.name == tool), None))
        if changed is not None:
            return ToolResult("", refusal(name, changed), is_error=True)
        session = cast("Session", connection.session)
        try:
            result = await session.call(tool, arguments)
        except McpServerError as error:
            raise self._call_error(connection, name, error) from error
        return ToolResult("", connection.redacted(result.content), is_error=result.is_error)

    async def close(self) -> None:
        """End the connection and the server's process; the wait is bounded."""
        owner, connection = self._owner, self._connection
        if owner is None or connection is None:
            return
        if connection.settled.is_set():
            connection.link.lose("it was closed")
        else:
            owner.cancel()
        _, pending = await asyncio.wait({owner}, timeout=_CLOSE_TIMEOUT_S)
        for late in pending:
            late.cancel()

    async def _revived(self) -> tuple[Connection, tuple[RemoteTool, ...]]:
        """Return a live connection for a call, and its tools; a lost one is made again once."""
        connection = self._connection
        if connection is not None and connection.is_up:
            try:
                return connection, await self._listed(connection)
            except McpServerError:
                if connection.is_up:
                    raise
        self._check_backoff()
        connection = await self._connected()
        return connection, await self._listed(connection)

    def _check_backoff(self) -> None:
        """Refuse to try again at once where connecting failed."""
        failure = self._connection.failure if self._connection is not None else None
        wait_s = self._retry_at - asyncio.get_running_loop().time()
        if failure is not None and wait_s > 0:
            raise McpServerError(f"{failure} It is tried again in {wait_s:.1f} s.", server=self.config.name)

    async def _connected(self) -> Connection:
        connection = self._connection
        if connection is None or (connection.settled.is_set() and not connection.is_up):
            connection = self._begin()
        await connection.settled.wait()
        if connection.session is None:
            closed = McpServerError(
                f"The MCP server {self.config.name!r} was closed.", server=self.config.name
            )
            raise connection.failure or closed
        return connection

    def _begin(self) -> Connection:
        connection = self._connection = Connection(self.config)
        before = self._owner
        self._owner = asyncio.create_task(self._own(connection, before), name=f"mcp:{self.config.name}")
        return connection

    async def _own(self, connection: Connection, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before}, timeout=_CLOSE_TIMEOUT_S)
        await connection.run(self._credentials, self._folder)
        if connection.failure is None:
            self._failures = 0
            return
        wait_s = min(_FIRST_BACKOFF_S * 2**self._failures, _MOST_BACKOFF_S)
        self._failures += 1
        self._retry_at = asyncio.get_running_loop().time() + wait_s

    async def _listed(self, connection: Connection) -> tuple[RemoteTool, ...]:
        try:
            return await connection.tools()
        except (McpServerError, TimeoutError) as error:
            reason = connection.failure_text(
                connection.link.reason or str(error) or "it did not answer in time"
            )
            raise McpServerError(
                f"The MCP server {self.config.name!r} could not be asked for its tools: {reason}.",
                server=self.config.name,
            ) from error

    def _call_error(self, connection: Connection, name: str, error: McpServerError) -> McpServerError:
        server = self.config.name
        if connection.link.lost.is_set():
            sentence = (
                f"The connection to the MCP server {server!r} was lost during the call of {name!r}, because "
                f"{connection.link.reason}; it may or may not have taken effect. Check before calling it "
                "again: the next call starts the server anew."
            )
            return McpCallLostError(connection.failure_text(sentence), server=server)
        sentence = f"The MCP server {server!r} did not answer the call of {name!r} with a result: {error}."
        return McpServerError(connection.failure_text(sentence), server=server)
