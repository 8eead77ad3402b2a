"""A tool as its server lists it now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from framework.model.tool import Effect, Risk, Tool
from framework.tools.mcp.pins import ToolPin, pin_of

if TYPE_CHECKING:
    from collections.abc import Mapping

RISK_META = "hive/risk"
"""Where a server may say in a tool's ``_meta`` which risk it has, as one of ``Risk``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteTool:
    """One tool of one server.

    Attributes:
        server: the server's name in the configuration.
        name: the server's name for the tool.
        effect: what the server's annotations say about calling it twice.
        risk: what the server says of it; high if its annotations say that it may destroy something.
        pin: what it hashes to.
    """

    server: str
    name: str
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict[str, Any])
    effect: Effect = Effect.ONCE
    risk: Risk = Risk.LOW
    timeout_s: float | None = None
    pin: ToolPin

    def as_tool(self, name: str) -> Tool:
        """Return the tool as a model sees it, under ``name``."""
        return Tool(
            name=name,
            description=self.description,
            parameters=self.parameters,
            effect=self.effect,
            risk=self.risk,
            timeout_s=self.timeout_s,
        )


def remote_tool(  # noqa: PLR0913  (what a server lists of a tool)
    server: str,
    name: str,
    description: str,
    parameters: Mapping[str, Any],
    *,
    effect: Effect,
    risk: Risk = Risk.LOW,
    timeout_s: float | None,
) -> RemoteTool:
    """Return a listed tool with its pin."""
    return RemoteTool(
        server=server,
        name=name,
        description=description,
        parameters=dict(parameters),
        effect=effect,
        risk=risk,
        timeout_s=timeout_s,
        pin=pin_of(server, name, description, parameters, effect=effect, risk=risk),
    )
