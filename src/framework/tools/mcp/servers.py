"""The MCP servers of one agent, kept by one background thread."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from framework.errors import McpServerError
from framework.tools.mcp.loop_thread import LoopThread
from framework.tools.mcp.remote_tool import RemoteTool
from framework.tools.mcp.server import McpServer

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from concurrent.futures import Future
    from pathlib import Path

    from framework.model.tool import ToolResult
    from framework.tools.mcp.config import ServerConfig
    from framework.tools.mcp.launch import Credentials
    from framework.tools.mcp.pins import ToolPin

_T = TypeVar("_T")

_CLOSE_TIMEOUT_S = 10.0

_log = logging.getLogger("framework.tools.mcp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The tools of the servers that can be used, and why the others cannot.

    Attributes:
        failure: says it for all of them; None if every server can be used.
    """

    tools: tuple[RemoteTool, ...]
    failure: McpServerError | None


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

    def remove(self, names: Iterable[str]) -> None:
        """Forget servers, and end those that run."""
        chosen = tuple(names)
        for name in chosen:
            self._configs.pop(name, None)
        self._end([self._servers.pop(name) for name in chosen if name in self._servers])

    def tools(self) -> Future[Listing]:
        """Connect to the servers that are not connected, all at once, and return the tools of all of them."""
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
        self._end(servers)
        self._thread.stop(timeout_s=_CLOSE_TIMEOUT_S)

    def _end(self, servers: list[McpServer]) -> None:
        if not servers:
            return
        closing = self._thread.submit(_close_all(servers))
        try:
            closing.result(_CLOSE_TIMEOUT_S)
        except TimeoutError:
            _log.warning("mcp_servers_still_closing", extra={"servers": len(servers)})

    def _submit(self, coroutine: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Run ``coroutine`` in the thread, which the end of the process stops at the latest."""
        atexit.unregister(self.close)
        atexit.register(self.close)
        return self._thread.submit(coroutine)

    async def _call(self, tool: RemoteTool, arguments: dict[str, Any], name: str, pin: ToolPin) -> ToolResult:
        return await self._server(tool.server).call(tool.name, arguments, name=name, pin=pin)

    async def _all_tools(self) -> Listing:
        listings = await asyncio.gather(
            *(self._server(name).tools() for name in self._configs), return_exceptions=True
        )
        tools: list[RemoteTool] = []
        failures: list[McpServerError] = []
        for listing in listings:
            match listing:
                case tuple():
                    tools += listing
                case McpServerError():
                    failures.append(listing)
                case _:
                    raise listing
        return Listing(tools=tuple(tools), failure=_together(failures))

    def _server(self, name: str) -> McpServer:
        if name not in self._servers:
            config, folder = self._configs[name]
            self._servers[name] = McpServer(config, credentials=self.credentials, folder=folder)
        return self._servers[name]


async def _close_all(servers: Iterable[McpServer]) -> None:
    await asyncio.gather(*(server.close() for server in servers))


def _together(failures: list[McpServerError]) -> McpServerError | None:
    """Return one error for several servers."""
    if len(failures) <= 1:
        return failures[0] if failures else None
    return McpServerError("\n".join(str(each) for each in failures), server=failures[0].server)
