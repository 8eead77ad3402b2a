"""The MCP server of the tools: what the catalogue offers, word for word."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from mcp.server.lowlevel import Server
from mcp.types import CallToolResult, ListToolsResult, TextContent, ToolAnnotations
from mcp.types import Tool as McpTool

from framework.model.tool import Effect, ToolUse
from framework.tools.calls import call_tool
from framework.tools.context import ToolContext
from framework.tools.mcp.remote_tool import RISK_META
from hive.toolbox.catalogue import OPEN_WORLD, REPLACING, toolbox_registry
from hive.toolbox.fetch_guard import resolve_by_system

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext
    from mcp.types import CallToolRequestParams, PaginatedRequestParams

    from framework.model.tool import Tool
    from hive.toolbox.fetch_guard import Resolver
    from hive.toolbox.settings import ToolboxSettings

_CALL_TIMEOUT_S = 120.0
_MAX_RESULT_CHARS = 30_000


def toolbox_server(settings: ToolboxSettings, resolve: Resolver = resolve_by_system) -> Server[Any]:
    """Return a server of the tools; run it by stdio or as an HTTP app.

    Every failure of a tool is a result the client sees. A call runs beside the
    others: blocking work goes to threads.
    """
    registry = toolbox_registry(settings, resolve)
    execute = registry.get_executor()

    async def on_list_tools(
        ctx: ServerRequestContext[Any], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        del ctx, params
        return ListToolsResult(tools=[described(tool) for tool in registry.get_tools().values()])

    async def on_call_tool(ctx: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
        del ctx
        use = ToolUse(id=uuid.uuid4().hex, name=params.name, input=params.arguments or {})
        context = ToolContext(data_dir=settings.data_dir, max_result_chars=_MAX_RESULT_CHARS)
        result = await call_tool(execute, use, timeout_s=_CALL_TIMEOUT_S, context=context)
        return CallToolResult(
            content=[TextContent(type="text", text=result.content)], is_error=result.is_error
        )

    return Server("hive-toolbox", on_list_tools=on_list_tools, on_call_tool=on_call_tool)


def described(tool: Tool) -> McpTool:
    """Return what a client reads about ``tool``."""
    is_read_only = tool.effect is Effect.NONE
    return McpTool(
        name=tool.name,
        description=tool.description,
        input_schema=tool.parameters,
        annotations=ToolAnnotations(
            read_only_hint=is_read_only,
            destructive_hint=tool.name in REPLACING,
            idempotent_hint=is_read_only or tool.effect is Effect.IDEMPOTENT,
            open_world_hint=tool.name in OPEN_WORLD,
        ),
        # To replace a file is destructive, but below the operator's own folders no reason to ask a person.
        _meta={RISK_META: tool.risk},
    )
