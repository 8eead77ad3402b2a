"""The registry of an agent's tools."""

from framework.tools.function_tool import tool
from framework.tools.registry import ToolRegistry

__all__ = ["ToolRegistry", "tool"]
