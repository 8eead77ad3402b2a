"""Which tools of an agent's MCP servers are as they were approved, and approving the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.tools.mcp.pins import difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.tools.mcp.pins import PinFile, ToolPin
    from framework.tools.registry import ToolRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStatus:
    """One tool of an MCP server.

    Attributes:
        name: the name models know it by.
        is_new: whether no run has used the tool yet; the next one trusts it.
        changed: what changed since it was approved, None if nothing did.
    """

    name: str
    server: str
    description: str
    is_new: bool
    changed: str | None


class Approvals:
    """The pins of one agent, compared with what its servers offer."""

    def __init__(self, tools: ToolRegistry, pins: PinFile) -> None:
        """Compare ``tools`` with ``pins``."""
        self._tools = tools
        self._pins = pins

    def trust_new(self) -> dict[str, ToolPin]:
        """Pin the tools that no run has used yet, and return all pins.

        Raises:
            ToolError: if the pins cannot be read or written.
        """
        found = self._tools.pins()
        return self._pins.trust_new(found) if found else {}

    def statuses(self) -> list[ToolStatus]:
        """Connect to the servers and return their tools.

        Raises:
            McpServerError: if a server cannot be used.
            ToolError: if the pins cannot be read.
        """
        self._tools.connect()
        pinned, tools = self._pins.read(), self._tools.get_tools()
        return [
            ToolStatus(
                name=name,
                server=pin.server,
                description=tools[name].description,
                is_new=name not in pinned,
                changed=difference(pinned.get(name, pin), pin),
            )
            for name, pin in self._tools.pins().items()
        ]

    def approve(self, names: Sequence[str] = ()) -> list[str]:
        """Approve tools as their servers offer them now: the named ones, or all that changed or are new.

        Returns:
            The names of the approved tools.

        Raises:
            McpServerError: if a server cannot be used.
            ToolError: if a name is unknown, or the pins cannot be read or written.
        """
        pending = [status.name for status in self.statuses() if status.is_new or status.changed]
        chosen = list(names) or pending
        self._pins.approve(self._tools.pins(), chosen)
        return chosen
