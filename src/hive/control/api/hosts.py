"""The names a request must ask for: no page reaches the server by a name of its own."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from hive.control.api.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

_ANY = "*"
_SENTENCE = "This server does not go by the name that was asked for; HIVE_ALLOWED_HOSTS lists its names."


class Hosts:
    """Lets requests pass that ask for one of the names of this server."""

    def __init__(self, app: ASGIApp, names: Sequence[str]) -> None:
        """Know ``names``: ``*`` is any, ``*.example.org`` every name below that one."""
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or refuse it."""
        if _ANY in self._names or self._is_known(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
        else:
            await refusal(_SENTENCE, HTTPStatus.BAD_REQUEST)(scope, receive, send)

    def _is_known(self, host: str) -> bool:
        name = _without_port(host.lower())
        parents = (name[place:] for place, letter in enumerate(name) if letter == ".")
        return name in self._names or any(f"*{parent}" in self._names for parent in parents)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and not name.endswith(":") else host
