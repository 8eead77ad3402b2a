"""What the operator of the tools configured, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from framework.credentials import load_credentials
from framework.errors import SettingsError
from framework.settings import home
from hive.toolbox.addresses import AllowedTargets, parse_allowed

if TYPE_CHECKING:
    from collections.abc import Mapping

_MIN_FETCH_BYTES, _MAX_FETCH_BYTES = 1_000, 50_000_000
_MAX_SECONDS = 600.0


def _no_key(name: str) -> str | None:
    del name


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolboxSettings:
    """What the tools may reach.

    Attributes:
        root: the folder of the file and CSV tools; None leaves them out.
        data_dir: the folder of the data tools.
        allowed: what a model may fetch beside public addresses.
        searxng_url: a SearXNG service to search by.
        key_of: gives keys by name, when one is needed; none by default.
        fetch_timeout_s: seconds for a page with its redirects, or a search.
        fetch_max_bytes: how much of a page is read.
    """

    data_dir: Path
    root: Path | None = None
    allowed: AllowedTargets = field(default_factory=AllowedTargets)
    searxng_url: str | None = None
    key_of: Callable[[str], str | None] = field(default=_no_key, repr=False)
    fetch_timeout_s: float = 30.0
    fetch_max_bytes: int = 2_000_000

    @property
    def brave_key(self) -> str | None:
        """The key of the Brave search service, read now.

        Raises:
            CredentialError: if the store of credentials cannot be read.
        """
        return (self.key_of("BRAVE_API_KEY") or "").strip() or None

    def with_folders(self, *, root: Path | None, data_dir: Path | None) -> ToolboxSettings:
        """Return these settings with the given folders instead; None keeps one."""
        return replace(self, root=root or self.root, data_dir=data_dir or self.data_dir)


SettingsSource = Callable[[], ToolboxSettings]
"""Where tools get their settings from, at every call."""


def load_settings(
    environ: Mapping[str, str] | None = None, credentials: Callable[[str], str | None] | None = None
) -> ToolboxSettings:
    """Return the settings of this environment.

    Keys come from ``credentials``, by default from the environment and the store of this machine.

    Raises:
        SettingsError: if a value cannot be used.
    """
    variables = os.environ if environ is None else environ
    return ToolboxSettings(
        root=_folder(variables, "HIVE_TOOLBOX_ROOT"),
        data_dir=_folder(variables, "HIVE_DATA_DIR") or home(variables) / "toolbox",
        allowed=parse_allowed(variables.get("HIVE_ALLOW_PRIVATE_URLS", "")),
        searxng_url=_address(variables, "HIVE_SEARXNG_URL"),
        key_of=load_credentials(home(variables), variables).get if credentials is None else credentials,
        fetch_timeout_s=_number(variables, "HIVE_FETCH_TIMEOUT_S", 30.0, (0.1, _MAX_SECONDS)),
        fetch_max_bytes=int(
            _number(variables, "HIVE_FETCH_MAX_BYTES", 2_000_000, (_MIN_FETCH_BYTES, _MAX_FETCH_BYTES))
        ),
    )


def _said(variables: Mapping[str, str], name: str) -> str | None:
    return variables.get(name, "").strip() or None


def _folder(variables: Mapping[str, str], name: str) -> Path | None:
    said = _said(variables, name)
    return None if said is None else Path(said).expanduser().absolute()


def _address(variables: Mapping[str, str], name: str) -> str | None:
    said = _said(variables, name)
    if said is None:
        return None
    try:
        parts = urlsplit(said)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        is_usable = False
    if not is_usable:
        raise SettingsError(
            f"{name} cannot be used; write it as https://HOST, without a user name or password."
        )
    return said.rstrip("/")


def _number(variables: Mapping[str, str], name: str, default: float, bounds: tuple[float, float]) -> float:
    said = _said(variables, name)
    if said is None:
        return default
    low, high = bounds
    try:
        value = float(said)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise SettingsError(f"{name} is {said!r}; write a number from {low:g} to {high:g}.")
    return value
