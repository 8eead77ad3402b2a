"""Which credentials an agent package needs, what for, and where each comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.llm.remote.vendors import split_name
from framework.model.node import NodeType
from framework.runtime.entry_point import TriggerType
from framework.tools.mcp.launch import credential_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from framework.credentials import CredentialChain
    from framework.packages import AgentPackage
    from framework.settings import Settings

SETTINGS = "settings"

_MODEL_KEY = "HIVE_API_KEY"


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


def needs_of(package: AgentPackage, settings: Settings, credentials: CredentialChain) -> list[Need]:
    """Return what the package's tools, MCP servers, webhooks and models need, in this order.

    Raises:
        CredentialError: if the store cannot be read, or a server names what can be no credential.
    """
    named = [*_of_tools(package), *_of_servers(package), *_of_webhooks(package)]
    needs = [
        Need(name=name, needed_by=needed_by, origin=_origin(name, credentials)) for name, needed_by in named
    ]
    return [*needs, *_of_models(package, package.config.applied_to(settings), credentials)]


def _origin(name: str, credentials: CredentialChain) -> str | None:
    found = credentials.find(name)
    return found.origin if found else None


def _of_tools(package: AgentPackage) -> Iterator[tuple[str, str]]:
    for name, tools in package.required_credentials.items():
        for tool in tools:
            yield name, f"tool {tool}"


def _of_servers(package: AgentPackage) -> Iterator[tuple[str, str]]:
    for server in package.tools.mcp.configs:
        for name in credential_names(server):
            yield name, f"MCP server {server.name}"


def _of_webhooks(package: AgentPackage) -> Iterator[tuple[str, str]]:
    for trigger in package.triggers:
        secret = trigger.trigger_config.get("secret") if trigger.trigger_type == TriggerType.WEBHOOK else None
        if secret:
            yield str(secret), f"webhook {trigger.id}"


def _of_models(package: AgentPackage, settings: Settings, credentials: CredentialChain) -> Iterator[Need]:
    """Give what each model needs; a configured key stands for a vendor's, and an address needs none."""
    default = package.graph.default_model or package.config.model
    looped = [node for node in package.graph.nodes if node.node_type == NodeType.EVENT_LOOP]
    for model in dict.fromkeys(node.model or default for node in looped):
        vendor, _ = split_name(model)
        if vendor is None or not vendor.variables or settings.api_base:
            continue
        if settings.api_key:
            yield Need(name=_MODEL_KEY, needed_by=f"model {model}", origin=SETTINGS)
            continue
        origins = {name: _origin(name, credentials) for name in vendor.variables}
        name = next((name for name, origin in origins.items() if origin), vendor.variables[0])
        yield Need(name=name, needed_by=f"model {model}", origin=origins[name])
