"""Which tools of an agent's MCP servers are as they were approved, and approving the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from framework.errors import UnknownToolError
from framework.tools.mcp.pins import ToolPin, difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.tools.mcp.pins import PinFile
    from framework.tools.registry import ToolRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStatus:
    """One tool of an MCP server.

    Attributes:
        name: the name models know it by.
        is_new: whether no run has used the tool yet; the next one trusts it.
        changed: what changed since it was approved, None if nothing did.
        pin: what it hashes to, and what it says about its effects.
    """

    name: str
    server: str
    description: str
    parameters: Mapping[str, Any]
    is_new: bool
    changed: str | None
    pin: ToolPin

    @property
    def is_pending(self) -> bool:
        """Whether it waits to be approved."""
        return self.is_new or self.changed is not None


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
                parameters=tools[name].parameters,
                is_new=name not in pinned,
                changed=difference(pinned.get(name, pin), pin),
                pin=pin,
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
        return self.approve_seen(self.chosen(names))

    def chosen(self, names: Sequence[str] = ()) -> list[ToolStatus]:
        """Connect to the servers and return the named tools, or all that changed or are new.

        Raises:
            McpServerError: if a server cannot be used.
            ToolError: if a name is unknown, or the pins cannot be read.
        """
        found = {status.name: status for status in self.statuses()}
        unknown = [name for name in names if name not in found]
        if unknown:
            raise UnknownToolError(unknown[0], tuple(found))
        pending = [name for name, status in found.items() if status.is_pending]
        return [found[name] for name in names or pending]

    def approve_seen(self, tools: Sequence[ToolStatus]) -> list[str]:
        """Approve tools as they were when they were looked at, and return their names.

        Raises:
            ToolError: if the pins cannot be read or written.
        """
        names = [tool.name for tool in tools]
        self._pins.approve({tool.name: tool.pin for tool in tools}, names)
        return names
