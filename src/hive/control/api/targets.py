"""What a request asks for, in the one form in which routes know it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from starlette.types import Scope

_SCHEMES = (b"http", b"https")


def with_own_target(scope: Scope) -> Scope:
    """Return a request that names a whole address (RFC 9112, section 3.2.2) as one that names a path.

    The host of that address counts then, whatever the header says.
    """
    scheme, _, rest = scope.get("raw_path", b"").partition(b"://")
    if scheme.lower() not in _SCHEMES or not rest:
        return scope
    host, _, path = rest.partition(b"/")
    path = b"/" + path
    others = [(name, value) for name, value in scope["headers"] if name != b"host"]
    return {
        **scope,
        "path": unquote(path.decode("ascii")),
        "raw_path": path,
        "headers": [(b"host", host), *others],
    }


def has_two_lengths(scope: Scope) -> bool:
    """Say whether a request tells the length of its body in two ways, of which a proxy may take the other."""
    return {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope["headers"]}
