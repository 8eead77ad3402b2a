"""What a server is started or reached with: its configuration with the credentials filled in."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from framework.credentials import TrackedCredentials, has_user
from framework.errors import CredentialError, McpServerError
from framework.tools.mcp.config import USER_IN_URL

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
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASS|AUTH|CRED|COOKIE", re.IGNORECASE)
_SETTING = re.compile(r"[A-Za-z]{1,16}(/[a-z-]+)?|[\d.,:]+|[~./].*|https?://.*")
"""A word, a media type, a number, a path or an address: no secret, unless its name says that it is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A server's command or address, ready to use; nothing of it is ever shown.

    Attributes:
        environment: the whole environment of a stdio server.
        known: takes the credentials out of texts.
    """

    command: str = ""
    args: tuple[str, ...] = field(default=(), repr=False)
    environment: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    cwd: Path | None = None
    url: str = field(default="", repr=False)
    headers: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    known: TrackedCredentials = field(default_factory=TrackedCredentials, repr=False)


def fill(config: ServerConfig, *, credentials: Credentials, folder: Path | None) -> Launch:
    """Return what the server is started or reached with.

    Args:
        config: the server.
        credentials: gives what ``${NAME}`` stands for.
        folder: where the configuration lies; a stdio server runs there, or in its ``cwd`` seen from there.

    Raises:
        McpServerError: if a credential is missing, or would stand in the address.
    """
    filler = _Filler(config.name, credentials)
    env = {key: filler.filled(value) for key, value in config.env.items()}
    headers = {key: filler.filled(value) for key, value in config.headers.items()}
    args = tuple(filler.filled(value) for value in config.args)
    url = filler.filled(config.url)
    if has_user(url):
        raise McpServerError(
            f"The MCP server {config.name!r} cannot be reached: {USER_IN_URL}.", server=config.name
        )
    _remember(filler.known, env, headers)
    return Launch(
        command=sys.executable if config.command in _PYTHON else config.command,
        args=args,
        environment=_inherited() | env,
        cwd=_cwd(config, folder),
        url=url,
        headers=headers,
        known=filler.known,
    )


def credential_names(config: ServerConfig) -> tuple[str, ...]:
    """Return the names that stand as ``${NAME}`` in a server's configuration, in their order."""
    texts = (*config.env.values(), *config.headers.values(), *config.args, config.url)
    return tuple(dict.fromkeys(name for text in texts for name in _PLACEHOLDER.findall(text)))


class _Filler:
    def __init__(self, server: str, credentials: Credentials) -> None:
        self._server = server
        self._credentials = credentials
        self.known = TrackedCredentials()

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
        self.known.remember(name, value)
        return value


def _remember(known: TrackedCredentials, env: dict[str, str], headers: dict[str, str]) -> None:
    """Have what is written out in a configuration kept out of texts, too."""
    parts = [(name, part) for name, value in headers.items() for part in (value, value.rpartition(" ")[2])]
    for name, value in (*env.items(), *parts):
        if _SECRET_NAME.search(name) or not _SETTING.fullmatch(value):
            known.remember(name, value)


def _inherited() -> dict[str, str]:
    names = _INHERITED_ON_WINDOWS if sys.platform == "win32" else _INHERITED
    return {name: os.environ[name] for name in names if name in os.environ}


def _cwd(config: ServerConfig, folder: Path | None) -> Path | None:
    if config.cwd is None:
        return folder
    return (folder or Path()) / Path(config.cwd).expanduser()
