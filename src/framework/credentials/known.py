"""The secrets that this machine knows, so that they can be kept out of what leaves it."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from framework.credentials.store import CredentialStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SECRET_VARIABLE = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|DSN)$")

_MIN_CHARS = 8
"""A shorter value of a variable is more often a word such as ``true`` than a secret."""


def known_secrets(home: Path, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the values of the store in ``home``, and of variables with the name of a secret, by name.

    What the store holds and cannot open is left out: no run of this machine got it either.

    Raises:
        CredentialError: if the store cannot be read at all.
    """
    variables = os.environ if environ is None else environ
    return variables_named_secret(variables) | CredentialStore(home, environ=variables).opened()


def variables_named_secret(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with the name of a secret, and a value that can be one."""
    found = {name: variables[name] for name in variables if _names_secret(name)}
    return {name: value for name, value in found.items() if len(value.strip()) >= _MIN_CHARS}


@lru_cache(maxsize=4096)
def _names_secret(name: str) -> bool:
    return _SECRET_VARIABLE.search(name.upper()) is not None
