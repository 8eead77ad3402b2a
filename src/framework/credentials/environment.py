"""Credentials of the environment: a variable of the same name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from framework.credentials.base import check_name

if TYPE_CHECKING:
    from collections.abc import Mapping


class EnvironmentCredentials:
    """The environment's variables, without the white space around them; an empty one is none."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        """Read ``environ``, by default that of the process."""
        self._environ = os.environ if environ is None else environ

    def get(self, name: str) -> str | None:
        """Return the variable ``name``; None if it is unset or empty.

        Raises:
            CredentialError: if the name is malformed.
        """
        return self._environ.get(check_name(name), "").strip() or None
