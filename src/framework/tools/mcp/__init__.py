"""Tools of MCP servers: configured by a file, served by one background thread, pinned by their schema.

Importing this loads neither the MCP SDK nor an HTTP client; connecting to a server does.
"""

from __future__ import annotations

from framework.tools.mcp.config import ServerConfig, parse_servers, read_servers
from framework.tools.mcp.pins import PinFile, ToolPin
from framework.tools.mcp.remote_tool import RemoteTool
from framework.tools.mcp.servers import McpServers

__all__ = [
    "McpServers",
    "PinFile",
    "RemoteTool",
    "ServerConfig",
    "ToolPin",
    "parse_servers",
    "read_servers",
]
