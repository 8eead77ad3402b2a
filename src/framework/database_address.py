"""Addresses of PostgreSQL databases, judged without connecting: errors of the driver may quote a password."""

from __future__ import annotations

import re

import psycopg
from psycopg.conninfo import conninfo_to_dict

ADVICE = (
    "write it as postgresql://USER:PASSWORD@HOST:5432/DATABASE, with %25 for %, %40 for @ and %2F for / in "
    "a password, and only parameters of libpq after a '?'"
)
"""How an address is written, as the end of a sentence."""

_SCHEME = re.compile(r"postgres(ql)?://")
_CREDENTIALS = re.compile(r"[^/@]*@")
_LARGEST_PORT = 65535


def is_usable(address: str) -> bool:
    """Return whether the driver can read an address, and takes no part of a password for something else."""
    try:
        parts = conninfo_to_dict(address)
    except (psycopg.Error, ValueError):
        return False
    ports = str(parts.get("port") or "").split(",")
    return not _is_torn(address) and all(not port or _is_port(port) for port in ports)


def _is_torn(address: str) -> bool:
    """Whether an @ or / of a password tears an address apart: the rest would count as host or database."""
    scheme = _SCHEME.match(address)
    if scheme is None:
        return False
    credentials = _CREDENTIALS.match(address, scheme.end())
    place = address[(credentials or scheme).end() :]
    return "@" in place.partition("?")[0]


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text) <= _LARGEST_PORT
