"""The credentials of this machine: those of the environment, then those of the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from framework.credentials.base import OpenCredentials
from framework.credentials.environment import EnvironmentCredentials
from framework.credentials.store import CredentialStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from framework.credentials.base import Credentials

ENVIRONMENT = "environment"
STORE = "store"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCredential:
    """A credential and the source it comes from."""

    origin: str
    value: str = field(repr=False)


class CredentialChain:
    """Several sources of credentials; the first that has one gives it."""

    __slots__ = ("_sources",)

    def __init__(self, sources: Mapping[str, Credentials]) -> None:
        """Ask ``sources``, by their names, in this order."""
        self._sources = dict(sources)

    def get(self, name: str) -> str | None:
        """Return the value of ``name``; None if no source has it.

        Raises:
            CredentialError: if the name is malformed, or a source cannot be read.
        """
        found = self.find(name)
        return found.value if found else None

    def find(self, name: str) -> FoundCredential | None:
        """Return the credential ``name`` and where it comes from.

        Raises:
            CredentialError: if the name is malformed, or a source cannot be read.
        """
        for origin, source in self._sources.items():
            value = source.get(name)
            if value:
                return FoundCredential(origin=origin, value=value)
        return None

    def opened(self) -> dict[str, str]:
        """Return the values of the sources that can tell all they keep.

        Raises:
            CredentialError: if a source cannot be read.
        """
        found: dict[str, str] = {}
        for source in self._sources.values():
            if isinstance(source, OpenCredentials):
                found |= source.opened()
        return found


def load_credentials(home: Path, environ: Mapping[str, str] | None = None) -> CredentialChain:
    """Return the credentials of the environment and of the store in the folder ``home``.

    Nothing is read before a credential is asked for.
    """
    return CredentialChain(
        {
            ENVIRONMENT: EnvironmentCredentials(environ),
            STORE: CredentialStore(home, environ=environ),
        }
    )
