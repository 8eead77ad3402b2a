"""Addresses that hold a user name or a password, which no log or error may show."""

from __future__ import annotations

import re

_END_OF_AUTHORITY = re.compile(r"[/?#]")


def has_user(address: str) -> bool:
    """Whether a user name or a password stands in the URL ``address``; an empty one counts."""
    return "@" in _END_OF_AUTHORITY.split(address.partition("://")[2], maxsplit=1)[0]
