"""Credentials in memory: for tests, and for programs that keep theirs elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.credentials.base import check_name

if TYPE_CHECKING:
    from collections.abc import Mapping


class MemoryCredentials:
    """The credentials of a mapping."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        """Give what ``values`` holds."""
        self._values = dict(values or {})

    def get(self, name: str) -> str | None:
        """Return the value of ``name``; None if there is none.

        Raises:
            CredentialError: if the name is malformed.
        """
        return self._values.get(check_name(name)) or None
