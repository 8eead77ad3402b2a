from __future__ import annotations

import asyncio

import pytest

from framework.errors import ToolError, UnknownToolError
from framework.model.tool import Tool, ToolResult, ToolUse
from framework.tools.context import ToolContext
from framework.tools.tool_caller import ToolCaller, tools_by_name

A, B = Tool(name="a"), Tool(name="b", timeout_s=0.01)


def echo(use: ToolUse) -> ToolResult:
    return ToolResult(use.id, use.name)


async def hang(use: ToolUse) -> ToolResult:
    await asyncio.Event().wait()
    return echo(use)


@pytest.mark.parametrize("tools", [[A, B], {"a": A, "b": B}])
async def test_tools_come_as_list_or_dict(tools: list[Tool] | dict[str, Tool]) -> None:
    caller = ToolCaller(tools, echo)
    assert caller.tools == {"a": A, "b": B}
    assert caller.select(["b", "a"]) == [B, A]
    assert await caller.call(ToolUse("1", "a", {}), ToolContext()) == ToolResult("1", "a")


async def test_no_tools_need_no_executor() -> None:
    result = await ToolCaller(None, None).call(ToolUse("1", "a", {}), ToolContext())
    assert result == ToolResult(
        "1", "The tool 'a' is not available. Available tools are: none", is_error=True
    )


def test_tools_without_an_executor_are_refused() -> None:
    with pytest.raises(ToolError, match="without a tool_executor"):
        ToolCaller([A], None)


def test_selecting_an_unknown_tool_names_the_available_ones() -> None:
    with pytest.raises(UnknownToolError, match=r"The tool 'x' is not available. Available tools are: a, b"):
        ToolCaller([A, B], echo).select(["x"])


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ToolError, match="Two tools are named 'a'"):
        tools_by_name([A, A])


async def test_a_tools_own_time_out_wins() -> None:
    result = await ToolCaller([A, B], hang).call(ToolUse("1", "b", {}), ToolContext())
    assert "did not finish within 0.01 s" in result.content


async def test_the_callers_time_out_holds_otherwise() -> None:
    result = await ToolCaller([A, B], hang, timeout_s=0.02).call(ToolUse("1", "a", {}), ToolContext())
    assert "did not finish within 0.02 s" in result.content
