"""Running an agent from its package, and the tools it may use."""

from framework.runner.agent_runner import AgentRunner
from framework.tools.function_tool import tool
from framework.tools.registry import ToolRegistry

__all__ = ["AgentRunner", "ToolRegistry", "tool"]
