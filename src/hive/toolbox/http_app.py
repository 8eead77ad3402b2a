"""The server over HTTP: only for hosts it knows, and with a token where it listens to other machines."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from hive.listening import is_loopback

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server
    from starlette.types import ASGIApp, Receive, Scope, Send

_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the server listens, who may ask, and by which names it goes.

    Attributes:
        host: the address to listen on.
        port: the port to listen on.
        token: what every request must bear; None asks for nothing.
        names: host names under which clients reach it, beside those of this machine and ``host``.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    token: str | None = field(default=None, repr=False)
    names: tuple[str, ...] = ()

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return is_loopback(self.host)


def http_app(server: Server[Any], listening: Listening) -> ASGIApp:
    """Return the app that serves ``server`` at ``/mcp``.

    A request whose ``Host`` or ``Origin`` is none of the known names is refused: so a
    page in a browser cannot reach the tools through a name that resolves to this machine.
    """
    own = f"[{listening.host}]" if ":" in listening.host else listening.host
    names = dict.fromkeys((*_LOOPBACK_NAMES, own, *listening.names))
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[host for name in names for host in (name, f"{name}:*")],
        allowed_origins=[f"{scheme}://{name}:*" for name in names for scheme in ("http", "https")],
    )
    app = server.streamable_http_app(transport_security=security, host=listening.host)
    return app if listening.token is None else BearerGate(app, listening.token)


class BearerGate:
    """Lets requests pass that bear the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        """Guard ``app`` with ``token``."""
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request without the token with status 401."""
        if scope["type"] == "http" and not self._is_borne(Headers(scope=scope).get("authorization", "")):
            refusal = PlainTextResponse(
                "A bearer token is needed.", status_code=401, headers={"WWW-Authenticate": "Bearer"}
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_borne(self, header: str) -> bool:
        return hmac.compare_digest(header.encode(), self._expected)
