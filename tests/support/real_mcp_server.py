"""A well-behaved MCP server made with the SDK.

Run as a script it serves over stdio; with ``--http`` on a free port, which it prints.
"""

from __future__ import annotations

import asyncio
import socket
import sys

import uvicorn
from mcp.server.mcpserver import Context, MCPServer

server = MCPServer("real")


@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
async def wait(context: Context) -> str:
    """Wait for ever, saying now and then that there is progress."""
    for step in range(10_000):
        await context.report_progress(step)
        await asyncio.sleep(0.02)
    return "done"


@server.tool()
def fail() -> str:
    """Fail."""
    message = "it went wrong"
    raise ValueError(message)


def serve_http() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        config = uvicorn.Config(server.streamable_http_app(), log_level="error", timeout_graceful_shutdown=1)
        asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    serve_http() if "--http" in sys.argv else server.run("stdio")
