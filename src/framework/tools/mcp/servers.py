"""The MCP servers of one agent, kept by one background thread."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
from typing import TYPE_CHECKING, Any, TypeVar

from framework.errors import McpServerError
from framework.tools.mcp.loop_thread import LoopThread
from framework.tools.mcp.server import McpServer

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from concurrent.futures import Future
    from pathlib import Path

    from framework.model.tool import ToolResult
    from framework.tools.mcp.config import ServerConfig
    from framework.tools.mcp.launch import Credentials
    from framework.tools.mcp.pins import ToolPin
    from framework.tools.mcp.remote_tool import RemoteTool

_T = TypeVar("_T")

_CLOSE_TIMEOUT_S = 10.0

_log = logging.getLogger("framework.tools.mcp")


class McpServers:
    """Servers by name, in the order they were added; none is started before its tools are asked for.

    Sessions live in a thread of their own, so that they outlive the event loop
    of one run, serve several at once, and a server that hangs holds nobody.

    Attributes:
        credentials: gives what ``${NAME}`` stands for; the environment by default.
    """

    def __init__(self, *, credentials: Credentials = os.environ.get) -> None:
        """Know no server yet."""
        self.credentials = credentials
        self._configs: dict[str, tuple[ServerConfig, Path | None]] = {}
        self._servers: dict[str, McpServer] = {}
        self._thread = LoopThread("framework-mcp")

    @property
    def configs(self) -> tuple[ServerConfig, ...]:
        """The servers that are known."""
        return tuple(config for config, _ in self._configs.values())

    def add(self, configs: Iterable[ServerConfig], *, folder: Path | None) -> None:
        """Add servers without starting them.

        Args:
            configs: the servers.
            folder: where their configuration lies; stdio servers run there.

        Raises:
            McpServerError: if a name is taken.
        """
        for config in configs:
            if config.name in self._configs:
                raise McpServerError(
                    f"Two MCP servers are named {config.name!r}; give one of them another name.",
                    server=config.name,
                )
            self._configs[config.name] = (config, folder)

    def tools(self) -> Future[list[RemoteTool]]:
        """Connect to the servers that are not connected, all at once, and return the tools of all of them.

        The future raises ``McpServerError`` if one of them cannot be used.
        """
        return self._submit(self._all_tools())

    async def call(
        self, tool: RemoteTool, arguments: dict[str, Any], *, name: str, pin: ToolPin
    ) -> ToolResult:
        """Call a tool from any event loop; cancelling this cancels the call on the server.

        Raises:
            McpServerError: if the server is down, or does not answer the call with a result.
        """
        return await asyncio.wrap_future(self._submit(self._call(tool, arguments, name, pin)))

    def close(self) -> None:
        """End every connection and every process; nothing of them runs afterwards.

        Asking for tools afterwards starts the servers anew.
        """
        atexit.unregister(self.close)
        servers, self._servers = list(self._servers.values()), {}
        if servers:
            closing = self._thread.submit(_close_all(servers))
            try:
                closing.result(_CLOSE_TIMEOUT_S)
            except TimeoutError:
                _log.warning("mcp_servers_still_closing", extra={"servers": len(servers)})
        self._thread.stop(timeout_s=_CLOSE_TIMEOUT_S)

    def _submit(self, coroutine: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Run ``coroutine`` in the thread, which the end of the process stops at the latest."""
        atexit.unregister(self.close)
        atexit.register(self.close)
        return self._thread.submit(coroutine)

    async def _call(self, tool: RemoteTool, arguments: dict[str, Any], name: str, pin: ToolPin) -> ToolResult:
        return await self._server(tool.server).call(tool.name, arguments, name=name, pin=pin)

    async def _all_tools(self) -> list[RemoteTool]:
        listings = await asyncio.gather(
            *(self._server(name).tools() for name in self._configs), return_exceptions=True
        )
        failures = [each for each in listings if isinstance(each, BaseException)]
        if failures:
            raise _together(failures)
        return [tool for tools in listings if not isinstance(tools, BaseException) for tool in tools]

    def _server(self, name: str) -> McpServer:
        if name not in self._servers:
            config, folder = self._configs[name]
            self._servers[name] = McpServer(config, credentials=self.credentials, folder=folder)
        return self._servers[name]


async def _close_all(servers: Iterable[McpServer]) -> None:
    await asyncio.gather(*(server.close() for server in servers))


def _together(failures: list[BaseException]) -> BaseException:
    """Return one error for several servers; whatever is no word about a server stands alone."""
    first = next((each for each in failures if not isinstance(each, McpServerError)), failures[0])
    if not isinstance(first, McpServerError) or len(failures) == 1:
        return first
    return McpServerError("\n".join(str(each) for each in failures), server=first.server)
