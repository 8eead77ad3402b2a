"""The secrets that this machine knows, so that they can be kept out of what leaves it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from framework.credentials.store import CredentialStore
from framework.errors import CredentialError

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
    found = {
        name: value
        for name, value in variables.items()
        if _SECRET_VARIABLE.search(name.upper()) and len(value.strip()) >= _MIN_CHARS
    }
    store = CredentialStore(home, environ=variables)
    for stored in store.list():
        value = _opened(store, stored.name)
        if value is not None:
            found[stored.name] = value
    return found


def _opened(store: CredentialStore, name: str) -> str | None:
    try:
        return store.get(name)
    except CredentialError:
        return None
