"""Tools: functions and modules as tools, their calls under limits, the data tools, the synthetic tools."""

from __future__ import annotations

from framework.tools.calls import ToolExecutor, call_tool
from framework.tools.context import ToolContext, current_tool_context
from framework.tools.data import DATA_TOOLS, register_data_tools
from framework.tools.data_folder import DataFolder
from framework.tools.function_tool import FunctionTool, tool
from framework.tools.line_pages import Page
from framework.tools.log_formatter import RedactingFormatter
from framework.tools.programs import unowned_programs
from framework.tools.registry import ToolRegistry
from framework.tools.synthetic import (
    ASK_USER,
    ESCALATE,
    SET_OUTPUT,
    SYNTHETIC_NAMES,
    ask_user_tool,
    escalate_tool,
    output_schemas,
    parse_output,
    parse_set_output,
    set_output_tool,
)
from framework.tools.tool_caller import ToolCaller, tools_by_name

__all__ = [
    "tool",
    "FunctionTool",
    "ToolRegistry",
    "ToolContext",
    "current_tool_context",
    "RedactingFormatter",
    "unowned_programs",
    "call_tool",
    "ToolCaller",
    "ToolExecutor",
    "tools_by_name",
    "DATA_TOOLS",
    "register_data_tools",
    "DataFolder",
    "Page",
    "SET_OUTPUT",
    "ASK_USER",
    "ESCALATE",
    "SYNTHETIC_NAMES",
    "set_output_tool",
    "ask_user_tool",
    "escalate_tool",
    "output_schemas",
    "parse_output",
    "parse_set_output",
]
