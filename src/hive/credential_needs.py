"""Which credentials an agent package needs, what for, and where each comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from framework.credentials import CredentialChain
    from framework.packages import AgentPackage

_REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A credential, what names it, and the source that has it; None if none has."""

    name: str
    needed_by: str
    origin: str | None

    @property
    def is_met(self) -> bool:
        """Whether the credential is there."""
        return self.origin is not None


def needs_of(package: AgentPackage, credentials: CredentialChain) -> list[Need]:
    """Return what the package's tools and MCP servers need, in this order.

    Raises:
        CredentialError: if the store cannot be read.
        OSError: if the file of the MCP servers cannot be read.
    """
    return [
        Need(name=name, needed_by=needed_by, origin=found.origin if found else None)
        for name, needed_by in _named(package)
        for found in [credentials.find(name)]
    ]


def _named(package: AgentPackage) -> Iterator[tuple[str, str]]:
    for name, tools in package.required_credentials.items():
        for tool in tools:
            yield name, f"tool {tool}"
    if package.mcp_servers is not None:
        text = package.mcp_servers.read_text(encoding="utf-8", errors="replace")
        for name in dict.fromkeys(_REFERENCE.findall(text)):
            yield name, package.mcp_servers.name
