"""The tools an agent may use, by name."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framework.errors import ToolError, UnknownToolError
from framework.model.tool import Tool
from framework.tools.calls import as_result, invoke
from framework.tools.context import current_tool_context
from framework.tools.discovery import module_tools
from framework.tools.function_tool import ArgumentsExecutor, FunctionTool
from framework.tools.mcp.config import parse_server, read_servers
from framework.tools.mcp.naming import named
from framework.tools.mcp.pins import difference
from framework.tools.mcp.servers import McpServers
from framework.tools.synthetic import SYNTHETIC_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from types import ModuleType

    from framework.model.tool import ToolResult, ToolUse
    from framework.tools.calls import ToolExecutor
    from framework.tools.mcp.config import ServerConfig
    from framework.tools.mcp.pins import ToolPin
    from framework.tools.mcp.remote_tool import RemoteTool
    from framework.tools.mcp.servers import Listing

DATA_DIR = "data_dir"
"""A parameter of this name is filled from the run's context and hidden from the model."""

_CHANGED = "This tool changed since it was approved, and is refused until a person approves it again."
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

_log = logging.getLogger("framework.tools")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    tool: Tool
    executor: ArgumentsExecutor

    @property
    def properties(self) -> dict[str, Any]:
        return self.tool.parameters.get("properties", {})

    def requires(self, name: str) -> bool:
        return name in self.tool.parameters.get("required", ())


class ToolRegistry:
    """Collects tools from functions, modules and MCP servers, and answers their calls.

    Attributes:
        mcp: the MCP servers. Their tools are there once ``connect`` has run.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.mcp = McpServers()
        self._entries: dict[str, _Entry] = {}
        self._remote: dict[str, RemoteTool] = {}
        self._session: dict[str, object] = {}

    def register(self, name: str, tool: Tool, executor: ArgumentsExecutor) -> None:
        """Add a tool under ``name``.

        Args:
            name: letters, digits, ``_`` and ``-``, at most 64 of them, as every provider accepts.
            tool: what the model sees; takes the name ``name``.
            executor: takes the parsed arguments; gives text, any JSON value, or a ``ToolResult``.
                A plain function runs in a thread, a coroutine function in the event loop.

        Raises:
            ToolError: if the name is malformed, reserved or taken.
        """
        if not _NAME.fullmatch(name):
            raise ToolError(
                f"A tool cannot be named {name!r}; use 1 to 64 letters, digits, underscores and hyphens."
            )
        if name in SYNTHETIC_NAMES:
            raise ToolError(f"The name {name!r} belongs to a tool of the framework; choose another.")
        if self.has_tool(name):
            raise ToolError(f"A tool named {name!r} is already registered; give one of the two another name.")
        named = tool if tool.name == name else replace(tool, name=name)
        self._entries[name] = _Entry(tool=named, executor=executor)

    def register_function(
        self, fn: Callable[..., Any], name: str | None = None, description: str | None = None
    ) -> None:
        """Add a function as a tool; what ``@tool`` said about it holds unless overridden here.

        Raises:
            ToolError: if its signature cannot be described to a model, or the name is taken.
        """
        function_tool = FunctionTool(fn, name=name, description=description)
        self.register(function_tool.tool.name, function_tool.tool, function_tool.executor)

    def discover_from_module(self, path_or_module: str | Path | ModuleType) -> int:
        """Add the tools of a module, given itself or as the path of its file; return how many.

        These are the functions decorated with ``@tool`` and the entries of a
        ``TOOLS`` dict, whose values are functions, or ``Tool`` objects that the
        module's own ``tool_executor(ToolUse)`` answers.

        Raises:
            ToolError: if the module does not load or one of its tools cannot be registered.
        """
        found = module_tools(path_or_module)
        for tool, executor in found:
            self.register(tool.name, tool, executor)
        return len(found)

    def register_mcp_server(self, config: Mapping[str, Any], *, folder: Path | None = None) -> int:
        """Connect to an MCP server, add its tools and return how many it has.

        Args:
            config: what an entry of ``mcp_servers.json`` says, with its ``name``.
            folder: the folder a stdio server runs in; the current one by default.

        Raises:
            McpServerError: if it is described wrongly, or cannot be started or reached; it is not
                registered then.
        """
        server = parse_server(dict(config), "The MCP server's configuration")
        self._connect_to([server], folder)
        return sum(tool.server == server.name for tool in self._remote.values())

    def load_mcp_config(self, path: str | Path) -> int:
        """Connect to the MCP servers of a file, add their tools and return how many there are.

        Raises:
            McpServerError: if the file cannot be used, or a server cannot be started or reached; none of
                them is registered then.
        """
        before = len(self._remote)
        file = Path(path).resolve()
        self._connect_to(read_servers(file), file.parent)
        return len(self._remote) - before

    def declare_mcp_config(self, path: str | Path) -> None:
        """Take note of the MCP servers of a file without starting them; ``connect`` does.

        Raises:
            McpServerError: if the file cannot be used.
        """
        file = Path(path).resolve()
        self.mcp.add(read_servers(file), folder=file.parent)

    def connect(self, needed: Collection[str] | None = None) -> None:
        """Start or reach the MCP servers that are not connected, and take their tools as they are now.

        Args:
            needed: start nothing if all these tools are there without a server, and do without a server
                that cannot be used if they are there without it.

        Raises:
            McpServerError: if a server cannot be used.
        """
        if self._must_connect(needed):
            self._take(self.mcp.tools().result(), needed)

    async def connect_async(self, needed: Collection[str] | None = None) -> None:
        """Do what ``connect`` does without holding up the event loop.

        Raises:
            McpServerError: if a server cannot be used.
        """
        if self._must_connect(needed):
            self._take(await asyncio.wrap_future(self.mcp.tools()), needed)

    def pins(self) -> dict[str, ToolPin]:
        """Return what the tools of the MCP servers hash to now, by the names they go by here."""
        return {name: tool.pin for name, tool in self._remote.items()}

    def has_tool(self, name: str) -> bool:
        """Whether a tool of this name is registered."""
        return name in self._entries or name in self._remote

    def get_tools(self, pins: Mapping[str, ToolPin] | None = None) -> dict[str, Tool]:
        """Return the tools as a model sees them: without the parameters the framework fills.

        Args:
            pins: what tools of MCP servers were approved as. One that changed since shows nothing of its
                new description, and its calls are refused.
        """
        return {name: self._visible(entry) for name, entry in self._all(pins or {}).items()}

    def get_executor(self, pins: Mapping[str, ToolPin] | None = None) -> ToolExecutor:
        """Return what answers a call to any registered tool; it raises where a call fails.

        ``call_tool`` turns what it raises into results. A tool of an MCP server
        that is no longer what ``pins`` say, or what it was when this was called,
        is answered with a refusal.
        """
        remote = self._remote_entries(pins or {})

        async def execute(use: ToolUse) -> ToolResult:
            entry = self._entries.get(use.name) or remote.get(use.name)
            if entry is None:
                raise UnknownToolError(use.name, (*self._entries, *remote))
            return as_result(use, await invoke(entry.executor, self._arguments(entry, use)))

        return execute

    def set_session_context(self, **context: object) -> None:
        """Fill every parameter of these names from now on, whatever a model sends for it."""
        self._session.update(context)

    def cleanup(self) -> None:
        """End the MCP servers; a second call does nothing."""
        self.mcp.close()

    def _connect_to(self, servers: Collection[ServerConfig], folder: Path | None) -> None:
        """Add servers and connect; servers that fail leave everything as it was."""
        remote = self._remote
        self.mcp.add(servers, folder=folder)
        try:
            self.connect()
        except BaseException:
            self.mcp.remove(server.name for server in servers)
            self._remote = remote
            raise

    def _must_connect(self, needed: Collection[str] | None) -> bool:
        is_needed = needed is None or any(name not in self._entries for name in needed)
        return is_needed and bool(self.mcp.configs)

    def _take(self, listing: Listing, needed: Collection[str] | None) -> None:
        self._remote = named(listing.tools, self._entries.keys() | SYNTHETIC_NAMES)
        if listing.failure is None:
            return
        if needed is None or not all(map(self.has_tool, needed)):
            raise listing.failure
        _log.warning("mcp_server_not_used", extra={"server": listing.failure.server})

    def _all(self, pins: Mapping[str, ToolPin]) -> dict[str, _Entry]:
        return self._entries | self._remote_entries(pins)

    def _remote_entries(self, pins: Mapping[str, ToolPin]) -> dict[str, _Entry]:
        """Return the tools of MCP servers; they are called only as long as they are what was approved."""
        entries: dict[str, _Entry] = {}
        for name, found in self._remote.items():
            pin = pins.get(name, found.pin)
            is_changed = difference(pin, found.pin) is not None
            tool = Tool(name=name, description=_CHANGED) if is_changed else found.as_tool(name)
            executor = partial(self.mcp.call, found, name=name, pin=pin)
            entries[name] = _Entry(tool=tool, executor=executor)
        return entries

    def _hidden(self) -> set[str]:
        return {DATA_DIR, *self._session}

    def _visible(self, entry: _Entry) -> Tool:
        hidden = self._hidden() & entry.properties.keys()
        if not hidden:
            return entry.tool
        schema = entry.tool.parameters
        shown = {name: value for name, value in entry.properties.items() if name not in hidden}
        required = [name for name in schema.get("required", ()) if name not in hidden]
        rest = {key: value for key, value in schema.items() if key != "required"}
        parameters = {**rest, "properties": shown, **({"required": required} if required else {})}
        return replace(entry.tool, parameters=parameters)

    def _arguments(self, entry: _Entry, use: ToolUse) -> dict[str, Any]:
        hidden = self._hidden()
        sent = {name: value for name, value in use.input.items() if name not in hidden}
        filled = {name: value for name, value in self._session.items() if name in entry.properties}
        if DATA_DIR in entry.properties:
            filled |= _data_dir(entry)
        return sent | filled


def _data_dir(entry: _Entry) -> dict[str, str]:
    folder = current_tool_context().data_dir
    if folder is not None:
        return {DATA_DIR: str(folder)}
    if entry.requires(DATA_DIR):
        raise ToolError(
            f"The tool {entry.tool.name!r} needs the run's data folder and this run has none; "
            "give the run a storage path."
        )
    return {}
