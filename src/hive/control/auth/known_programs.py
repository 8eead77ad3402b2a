"""Programs that were recognised lately: they need not wait for a database that is away."""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol, cast

from hive.control.auth.gate import Gate
from hive.control.domain.principal import Principal, Program
from hive.control.services.endings import within
from hive.control.stores.breaker import Breaker
from hive.errors import NotSignedInError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from framework.clock import Clock
    from hive.control.auth.gate import Doors
    from hive.control.domain.roles import KeyScope, Role

_REMEMBERED_S = 600.0
_MOST = 10_000
_PATIENCE_S = 0.5


@dataclass(frozen=True, slots=True)
class _Seen:
    program: Program
    at: float


class Recogniser(Protocol):
    """What knows keys."""

    def recognise(self, text: str) -> Coroutine[Any, Any, Program]:
        """Return whose key this is.

        Raises:
            NotSignedInError: if it is none, is revoked or has expired.
            UnavailableError: if the database is out of reach.
        """
        ...


class KnownPrograms:
    """Recognises keys by the database, and by memory only where the database is out of reach.

    Connections that are all busy are not that: then it asks over those kept in reserve. A key that is
    revoked by another process, which may still reach the database, is forgotten as soon as that is
    announced; what expires, and what was seen more than ten minutes ago, counts no more by itself.
    """

    def __init__(self, keys: Recogniser, reserve: Recogniser, clock: Clock) -> None:
        """Ask ``keys``, and ``reserve``, which has connections of its own, where those answer too late."""
        self._keys = keys
        self._reserve = reserve
        self._clock = clock
        self._seen: dict[bytes, _Seen] = {}
        self._revocations = 0
        self._breaker = Breaker()

    def require_database(self) -> None:
        """Let nobody wait for a database that a key was just asked of in vain.

        Raises:
            UnavailableError: if it was out of reach within the last second.
        """
        if self._breaker.is_open:
            raise UnavailableError("The database is out of reach; try again.")

    async def recognise(self, text: str) -> Program:
        """Return whose key this is.

        Raises:
            NotSignedInError: if it is none, is revoked or has expired.
            UnavailableError: if the database is out of reach, and the key was not seen lately.
        """
        # JSON can hold half a character, which UTF-8 cannot; no key has one.
        digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
        known = self._remembered(digest)
        if known is not None and self._breaker.is_open:
            return known
        revocations = self._revocations
        try:
            program = await (self._keys.recognise(text) if known is None else self._asked_twice(text))
        except NotSignedInError:
            self._seen.pop(digest, None)
            raise
        except (UnavailableError, TimeoutError):
            self._breaker.failed()
            known = self._remembered(digest)  # It may have been revoked meanwhile.
            if known is None:
                raise
            return known
        if revocations == self._revocations:
            self._remember(digest, program)
        return program

    async def revoked(self, key_id: str) -> None:
        """Forget a key."""
        self._revocations += 1
        self._seen = {digest: seen for digest, seen in self._seen.items() if seen.program.key_id != key_id}

    async def _asked_twice(self, text: str) -> Program:
        try:
            return await within(_PATIENCE_S, self._keys.recognise(text))
        except (UnavailableError, TimeoutError):
            return await within(_PATIENCE_S, self._reserve.recognise(text))

    def _remember(self, digest: bytes, program: Program) -> None:
        if len(self._seen) >= _MOST:
            self._seen.clear()
        self._seen[digest] = _Seen(program, time.monotonic())

    def _remembered(self, digest: bytes) -> Program | None:
        seen = self._seen.get(digest)
        if seen is None or time.monotonic() - seen.at > _REMEMBERED_S:
            return None
        expires_at = seen.program.expires_at
        return None if expires_at is not None and expires_at <= self._clock.now() else seen.program


class _Memory(Protocol):
    @property
    def known_programs(self) -> KnownPrograms: ...


class ProgramGate(Gate):
    """Declares a route that programs may use while the database is away."""

    def __init__(self, scope: KeyScope, *, role: Role | None = None) -> None:
        """Let in keys that have ``scope``, and people whose role covers ``role``; None lets none in."""
        super().__init__(role=role, scope=scope)

    async def recognise(self, doors: Doors, credential: str) -> Principal:
        """Return who asks, a key perhaps from memory.

        Raises:
            NotSignedInError: if it is nobody.
            UnavailableError: if the database is out of reach, and the key was not seen lately.
        """
        if credential.startswith("hive_"):
            return await cast("_Memory", doors).known_programs.recognise(credential)
        return await super().recognise(doors, credential)
