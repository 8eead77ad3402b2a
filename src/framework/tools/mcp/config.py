"""``mcp_servers.json``: which MCP servers an agent uses, and how they are reached."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from framework.credentials import has_user
from framework.errors import McpServerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONNECT_TIMEOUT_S = 30.0

USER_IN_URL = "its url holds a user name or a password; give them in an Authorization header"

_WRAPPER = "mcpServers"
_TRANSPORTS = {
    "stdio": "stdio",
    "http": "http",
    "streamable-http": "http",
    "streamable_http": "http",
    "streamableHttp": "http",
}


class Transport(StrEnum):
    """How a server is spoken to."""

    STDIO = "stdio"
    HTTP = "http"


class ServerConfig(BaseModel):
    """One server. ``${NAME}`` in args, env, url and headers stays as written until it is connected to.

    Attributes:
        cwd: the folder a stdio server runs in, seen from the configuration's folder.
        timeout_s: seconds a call may take; the run's own limit by default.
        tool_timeouts: the same for single tools, by the server's name for them.
        connect_timeout_s: seconds to start or reach the server and list its tools.
        tools: the tools to offer; all of them by default.
    """

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    name: str = Field(min_length=1)
    transport: Transport
    description: str = ""
    command: str = ""
    args: tuple[str, ...] = Field(default=(), repr=False)
    env: dict[str, str] = Field(default_factory=dict, repr=False)
    cwd: str | None = None
    url: str = Field(default="", repr=False)
    headers: dict[str, str] = Field(default_factory=dict, repr=False)
    timeout_s: float | None = Field(default=None, gt=0)
    tool_timeouts: dict[str, float] = Field(default_factory=dict)
    connect_timeout_s: float = Field(default=CONNECT_TIMEOUT_S, gt=0)
    tools: tuple[str, ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _know_transport(cls, fields: dict[str, Any]) -> dict[str, Any]:
        known = dict(fields)
        kind = known.pop("type", None)
        said = known.get("transport", kind) or ("http" if known.get("url") else "stdio")
        if said not in _TRANSPORTS:
            raise ValueError(f"the transport is 'stdio' or 'http', and {said!r} is neither")
        return known | {"transport": _TRANSPORTS[said]}

    @field_validator("args", mode="before")
    @classmethod
    def _read_args(cls, args: object) -> object:
        """Take a JSON array given as text, too."""
        if isinstance(args, str) and args.lstrip().startswith("["):
            return json.loads(args)
        return args

    @field_validator("tool_timeouts")
    @classmethod
    def _check_timeouts(cls, timeouts: dict[str, float]) -> dict[str, float]:
        if any(seconds <= 0 for seconds in timeouts.values()):
            raise ValueError("a time-out is more than 0 seconds")
        return timeouts

    @model_validator(mode="after")
    def _check_address(self) -> ServerConfig:
        if self.transport == Transport.STDIO and not self.command:
            raise ValueError("a stdio server needs a command")
        if self.transport == Transport.HTTP and not self.url.startswith(("http://", "https://", "${")):
            raise ValueError("an http server needs a url that starts with http:// or https://")
        if has_user(self.url):
            raise ValueError(USER_IN_URL)
        return self

    @property
    def unknown_fields(self) -> tuple[str, ...]:
        """The fields that nothing reads."""
        return tuple(sorted(self.model_extra or {}))

    @property
    def address(self) -> str:
        """The command line or the URL, as the configuration writes it."""
        if self.transport == Transport.STDIO:
            return " ".join([self.command, *self.args])
        return self.url.partition("?")[0]

    def offers(self, tool: str) -> bool:
        """Whether the configuration lets this tool of the server through."""
        return self.tools is None or tool in self.tools

    def timeout_of(self, tool: str) -> float | None:
        """Return the seconds a call to a tool of the server may take; None means the run's limit."""
        return self.tool_timeouts.get(tool, self.timeout_s)


def parse_servers(content: object, where: str) -> tuple[ServerConfig, ...]:
    """Return the servers of a parsed file, in its order.

    Args:
        content: an object of servers by name, or one that holds it as ``mcpServers``.
        where: the file, for messages.

    Raises:
        McpServerError: if it is no such object, or a server is described wrongly.
    """
    named = cast("Mapping[str, Any]", content) if isinstance(content, dict) else None
    inner = named.get(_WRAPPER, named) if named is not None else None
    if not isinstance(inner, dict):
        raise McpServerError(
            f"{where} must hold a JSON object of servers by name, "
            'for example {"files": {"command": "my-server"}}.'
        )
    servers = cast("dict[str, Any]", inner)
    return tuple(parse_server(described, where, name=name) for name, described in servers.items())


def parse_server(described: object, where: str, *, name: str | None = None) -> ServerConfig:
    """Return one server; its name may stand in the description, too.

    Raises:
        McpServerError: if it is described wrongly.
    """
    if not isinstance(described, dict):
        raise McpServerError(f"{where}: the server {name!r} must be described by a JSON object.", server=name)
    fields = cast("dict[str, Any]", described)
    given = {**fields, "name": name} if name is not None else fields
    try:
        return ServerConfig.model_validate(given)
    except ValidationError as error:
        shown = name or fields.get("name") or "without a name"
        raise McpServerError(
            f"{where}: the server {shown!r} cannot be used: {_complaints(error)}.", server=name
        ) from None  # pydantic's own error may quote a credential


def read_servers(path: Path) -> tuple[ServerConfig, ...]:
    """Return the servers of a file.

    Raises:
        McpServerError: if it cannot be read, or describes a server wrongly.
    """
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise McpServerError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise McpServerError(f"{str(path)!r} is no UTF-8 text; save it as UTF-8.") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise McpServerError(f"{path.name} is not valid JSON at {place}: {error.msg}.") from None
    return parse_servers(content, path.name)


def _complaints(error: ValidationError) -> str:
    details = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [
        f"{'.'.join(map(str, item['loc']))}: {item['msg']}" if item["loc"] else item["msg"]
        for item in details[:5]
    ]
    return "; ".join(line.replace("Value error, ", "") for line in lines)
