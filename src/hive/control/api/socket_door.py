"""Who may open a socket: pages by their origin, callers by their credential."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hive.control.api.parts import Parts
from hive.control.auth.gate import credential_of, strip_scheme
from hive.control.auth.known_programs import ProgramGate
from hive.control.domain.roles import KeyScope
from hive.control.services.connections import NO_LONGER_COUNTS
from hive.errors import NotAllowedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hive.control.api.wire import Wire
    from hive.control.auth.gate import Gate
    from hive.control.services.connections import Connection

SENDERS = ProgramGate(KeyScope.INGEST)
"""Who may send events: programs alone, while the database is away, too."""

_LONGEST_INSTANCE = 256


class SocketDoor:
    """Lets callers in."""

    def __init__(self, parts: Parts, origins: Sequence[str], gate: Gate | None = None) -> None:
        """Let in who comes from no page, from a page of this server, or from one of ``origins``.

        Of those only whom ``gate`` lets in, unless that is None.
        """
        self._parts = parts
        self._gate = gate
        self._origins = frozenset(origins)

    def check_origin(self, headers: Mapping[str, str]) -> None:
        """Refuse a page elsewhere that was not named.

        Raises:
            NotAllowedError: if it is one.
        """
        origin = headers.get("origin")
        if origin is None or origin in self._origins:
            return
        if origin.partition("://")[2] != headers.get("host"):
            raise NotAllowedError(
                "Pages of this origin may not ask; HIVE_ALLOWED_ORIGINS lists those that may."
            )

    async def admit(self, headers: Mapping[str, str], wire: Wire, token: str = "") -> Connection:
        """Return the connection of a caller, whom ``token`` names, or the headers; it ends with ``wire``.

        Raises:
            NotSignedInError: if nobody is named, or in a way that does not count.
            NotAllowedError: if the gate does not let them in.
            TooManyRequestsError: if too many sockets are open.
            UnavailableError: if the database is out of reach, and the key was not seen lately.
        """
        principal = await SENDERS.recognise(self._parts, strip_scheme(token) or credential_of(headers))
        if self._gate is not None:
            self._gate.check(principal)
        instance = headers.get("x-sdk-instance-id", "")[:_LONGEST_INSTANCE]
        opened = self._parts.connections.opened(principal, wire, instance)
        connection = await wire.stack.enter_async_context(opened)
        end = partial(connection.close, NO_LONGER_COUNTS)
        wire.stack.enter_context(self._parts.standing.watched(principal, end))
        await self._parts.policy_push.greet(connection)
        return connection
