"""The tools of a run together with what answers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from framework.errors import ToolError, UnknownToolError
from framework.model.tool import ToolResult
from framework.tools.calls import call_tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from framework.model.tool import Tool, ToolUse
    from framework.tools.calls import ToolExecutor
    from framework.tools.context import ToolContext


class ToolCaller:
    """Holds tools by name and calls them under their time-outs.

    Attributes:
        tools: the tools by name.
    """

    def __init__(
        self,
        tools: Sequence[Tool] | Mapping[str, Tool] | None,
        executor: ToolExecutor | None,
        *,
        timeout_s: float = 60.0,
    ) -> None:
        """Take ``tools`` and the one ``executor`` that answers all of them.

        Args:
            tools: the tools, as a list or by name.
            executor: answers every call; may be left out only where there is no tool.
            timeout_s: seconds a call may take when its tool does not say.

        Raises:
            ToolError: if two tools share a name, or nothing answers the tools.
        """
        self.tools = tools_by_name(tools)
        if self.tools and executor is None:
            raise ToolError("Tools were given without a tool_executor to answer them; pass one.")
        self._executor = executor
        self._timeout_s = timeout_s

    def select(self, names: Iterable[str]) -> list[Tool]:
        """Return the named tools, in that order.

        Raises:
            UnknownToolError: for the first that does not exist.
        """
        return [self._tool(name) for name in names]

    async def call(self, use: ToolUse, context: ToolContext) -> ToolResult:
        """Call a tool; what goes wrong is the result, as ``call_tool`` says."""
        tool = self.tools.get(use.name)
        if tool is None or self._executor is None:
            return ToolResult(use.id, str(UnknownToolError(use.name, tuple(self.tools))), is_error=True)
        timeout_s = self._timeout_s if tool.timeout_s is None else tool.timeout_s
        return await call_tool(self._executor, use, timeout_s=timeout_s, context=context)

    def _tool(self, name: str) -> Tool:
        if name not in self.tools:
            raise UnknownToolError(name, tuple(self.tools))
        return self.tools[name]


def tools_by_name(tools: Sequence[Tool] | Mapping[str, Tool] | None) -> dict[str, Tool]:
    """Return ``tools``, a list or already a mapping, as a dict by name.

    Raises:
        ToolError: if two tools share a name.
    """
    if tools is None:
        return {}
    if isinstance(tools, Mapping):
        return dict(tools)
    by_name: dict[str, Tool] = {}
    for tool in tools:
        if tool.name in by_name:
            raise ToolError(f"Two tools are named {tool.name!r}; give one of them another name.")
        by_name[tool.name] = tool
    return by_name
