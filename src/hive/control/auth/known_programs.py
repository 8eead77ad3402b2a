"""Programs that were recognised lately: they may go on sending while the database is away."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol, cast

from hive.control.auth.gate import Gate
from hive.control.domain.principal import Principal, Program
from hive.errors import NotSignedInError, UnavailableError

if TYPE_CHECKING:
    from hive.control.auth.gate import Doors
    from hive.control.domain.roles import KeyScope
    from hive.control.services.keys import Keys

_REMEMBERED_S = 600.0
_MOST = 10_000
_PATIENCE_S = 1.0
_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class _Seen:
    program: Program
    at: float


class KnownPrograms:
    """Recognises keys by the database, and by memory only where the database is out of reach.

    A key cannot be revoked while the database is away either, so memory
    forgets after ten minutes and no sooner.
    """

    def __init__(self, keys: Keys) -> None:
        """Ask ``keys``."""
        self._keys = keys
        self._seen: dict[bytes, _Seen] = {}
        self._asked_in_vain = -_PAUSE_S

    async def recognise(self, text: str) -> Program:
        """Return whose key this is.

        Raises:
            NotSignedInError: if it is none, is revoked or has expired.
            UnavailableError: if the database is out of reach, and the key was not seen lately.
        """
        digest = sha256(text.encode()).digest()
        known = self._remembered(digest)
        if known is not None and time.monotonic() - self._asked_in_vain < _PAUSE_S:
            return known
        try:
            async with asyncio.timeout(None if known is None else _PATIENCE_S):
                program = await self._keys.recognise(text)
        except NotSignedInError:
            self._seen.pop(digest, None)
            raise
        except (UnavailableError, TimeoutError):
            self._asked_in_vain = time.monotonic()
            if known is None:
                raise
            return known
        if len(self._seen) >= _MOST:
            self._seen.clear()
        self._seen[digest] = _Seen(program, time.monotonic())
        return program

    def _remembered(self, digest: bytes) -> Program | None:
        seen = self._seen.get(digest)
        if seen is None or time.monotonic() - seen.at > _REMEMBERED_S:
            return None
        return seen.program


class _Memory(Protocol):
    @property
    def known_programs(self) -> KnownPrograms: ...


class ProgramGate(Gate):
    """Declares a route that programs may use while the database is away."""

    def __init__(self, scope: KeyScope) -> None:
        """Let in keys that have ``scope``."""
        super().__init__(scope=scope)

    async def recognise(self, doors: Doors, credential: str) -> Principal:
        """Return who asks, a key perhaps from memory.

        Raises:
            NotSignedInError: if it is nobody.
            UnavailableError: if the database is out of reach, and the key was not seen lately.
        """
        if credential.startswith("hive_"):
            return await cast("_Memory", doors).known_programs.recognise(credential)
        return await super().recognise(doors, credential)
