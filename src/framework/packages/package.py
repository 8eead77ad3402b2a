"""An agent as it was loaded from its package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from framework.model.goal import Goal
from framework.model.graph import GraphSpec
from framework.model.node import NodeType
from framework.packages.runtime_config import RuntimeConfig
from framework.runtime.entry_point import EntryPointSpec
from framework.tools.registry import ToolRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageMetadata:
    """What ``metadata`` in ``config.py`` says about an agent, for people."""

    name: str
    version: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPackage:
    """A loaded agent.

    Attributes:
        path: the package's folder.
        name: the folder's name, under which the package is imported.
        module: the name of the module that holds the graph.
        graph: the one graph of every way to run the agent, its functions found.
        has_config: whether ``config.py`` gives ``default_config``.
        tools: the tools of ``tools.py`` and the data tools; those of MCP servers once it is connected.
        mcp_servers: the file that names MCP servers, when there is one.
        version: SHA-256 over the files of the package.
        triggers: what starts runs besides a person: timers and webhooks.
    """

    path: Path
    name: str
    module: str
    goal: Goal
    graph: GraphSpec
    config: RuntimeConfig
    has_config: bool
    metadata: PackageMetadata
    tools: ToolRegistry
    mcp_servers: Path | None
    version: str
    triggers: tuple[EntryPointSpec, ...] = ()

    @property
    def required_tools(self) -> tuple[str, ...]:
        """The tools that nodes name, sorted."""
        return tuple(sorted({name for node in self.graph.nodes for name in node.tools}))

    @property
    def required_credentials(self) -> dict[str, tuple[str, ...]]:
        """The credentials that those tools name, sorted, each with the tools that name it."""
        known = self.tools.get_tools()
        needs = [
            (name, tool) for tool in self.required_tools if tool in known for name in known[tool].credentials
        ]
        return {
            name: tuple(tool for needed, tool in needs if needed == name)
            for name in sorted({needed for needed, _ in needs})
        }

    @property
    def needs_model(self) -> bool:
        """Whether some node is run by a model."""
        return any(node.node_type == NodeType.EVENT_LOOP for node in self.graph.nodes)
