"""What a server is started or reached with: its configuration with the credentials filled in."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from framework.errors import CredentialError, McpServerError

if TYPE_CHECKING:
    from framework.tools.mcp.config import ServerConfig

Credentials = Callable[[str], "str | None"]
"""Gives a credential by name, None when it has none."""

_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PYTHON = frozenset({"python", "python3"})
_INHERITED = ("HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER")
_INHERITED_ON_WINDOWS = (
    *("APPDATA", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PATH", "PATHEXT", "PROCESSOR_ARCHITECTURE"),
    *("SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "USERNAME", "USERPROFILE"),
)
_SHORTEST_SECRET = 4
_HIDDEN = "[hidden]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A server's command or address, ready to use; nothing of it is ever shown.

    Attributes:
        environment: the whole environment of a stdio server.
        secrets: what must not be shown, the longest first.
    """

    command: str = ""
    args: tuple[str, ...] = field(default=(), repr=False)
    environment: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    cwd: Path | None = None
    url: str = field(default="", repr=False)
    headers: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def redacted(self, text: str) -> str:
        """Return ``text`` without the values of credentials."""
        for secret in self.secrets:
            text = text.replace(secret, _HIDDEN)
        return text


def fill(config: ServerConfig, *, credentials: Credentials, folder: Path | None) -> Launch:
    """Return what the server is started or reached with.

    Args:
        config: the server.
        credentials: gives what ``${NAME}`` stands for.
        folder: where the configuration lies; a stdio server runs there, or in its ``cwd`` seen from there.

    Raises:
        McpServerError: if a credential is missing.
    """
    filler = _Filler(config.name, credentials)
    env = {key: filler.filled(value) for key, value in config.env.items()}
    headers = {key: filler.filled(value) for key, value in config.headers.items()}
    args = tuple(filler.filled(value) for value in config.args)
    url = filler.filled(config.url)
    secrets = {*filler.values, *env.values(), *headers.values()}
    shown = (secret for secret in secrets if len(secret) >= _SHORTEST_SECRET)
    return Launch(
        command=sys.executable if config.command in _PYTHON else config.command,
        args=args,
        environment=_inherited() | env,
        cwd=_cwd(config, folder),
        url=url,
        headers=headers,
        secrets=tuple(sorted(shown, key=len, reverse=True)),
    )


def credential_names(config: ServerConfig) -> tuple[str, ...]:
    """Return the names that stand as ``${NAME}`` in a server's configuration, in their order."""
    texts = (*config.env.values(), *config.headers.values(), *config.args, config.url)
    return tuple(dict.fromkeys(name for text in texts for name in _PLACEHOLDER.findall(text)))


class _Filler:
    def __init__(self, server: str, credentials: Credentials) -> None:
        self._server = server
        self._credentials = credentials
        self.values: set[str] = set()

    def filled(self, text: str) -> str:
        return _PLACEHOLDER.sub(lambda match: self._value(match[1]), text)

    def _value(self, name: str) -> str:
        needs = f"The MCP server {self._server!r} needs the credential {name!r}"
        try:
            value = self._credentials(name)
        except CredentialError as error:
            raise McpServerError(f"{needs}, which cannot be read: {error}", server=self._server) from None
        if value is None:
            advice = f"set it as the environment variable {name}, or run: hive credentials set {name}"
            raise McpServerError(f"{needs} and it is not set; {advice}", server=self._server)
        self.values.add(value)
        return value


def _inherited() -> dict[str, str]:
    names = _INHERITED_ON_WINDOWS if sys.platform == "win32" else _INHERITED
    return {name: os.environ[name] for name in names if name in os.environ}


def _cwd(config: ServerConfig, folder: Path | None) -> Path | None:
    if config.cwd is None:
        return folder
    return (folder or Path()) / Path(config.cwd).expanduser()
