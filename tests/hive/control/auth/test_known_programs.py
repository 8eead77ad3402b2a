"""A key passes by memory only where the database is out of reach, and never once it is revoked or expired."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from framework.clock import ManualClock
from hive.control.auth.known_programs import KnownPrograms
from hive.control.domain.ids import KeyId, TeamId
from hive.control.domain.principal import Program
from hive.control.domain.roles import KeyScope
from hive.errors import NotSignedInError, UnavailableError

TEXT = "hive_abc_secret"
PROGRAM = Program(key_id=KeyId("abc"), team_id=TeamId(uuid4()), scopes=frozenset({KeyScope.INGEST}))


class Source:
    """Says of each key what it is told to say; says nothing while it is busy."""

    def __init__(self, says: Program | Exception = PROGRAM) -> None:
        self.says: Program | Exception = says
        self.is_busy = False
        self.goes_on = asyncio.Event()

    async def recognise(self, text: str) -> Program:
        del text
        if self.is_busy:
            await self.goes_on.wait()
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


AWAY = UnavailableError("away")


async def test_a_key_passes_while_the_database_is_away() -> None:
    keys, reserve = Source(), Source()
    known = KnownPrograms(keys, reserve, ManualClock())
    await known.recognise(TEXT)
    keys.says = reserve.says = AWAY
    assert await known.recognise(TEXT) == PROGRAM


async def test_a_busy_pool_does_not_let_a_revoked_key_pass() -> None:
    keys, reserve = Source(), Source()
    known = KnownPrograms(keys, reserve, ManualClock())
    await known.recognise(TEXT)
    keys.is_busy, reserve.says = True, NotSignedInError("revoked")
    for _ in range(2):
        with pytest.raises(NotSignedInError):
            await known.recognise(TEXT)
        keys.says, keys.is_busy = NotSignedInError("revoked"), False


async def test_a_key_that_expires_while_the_database_is_away_does_not_pass() -> None:
    clock = ManualClock()
    keys, reserve = Source(replace(PROGRAM, expires_at=clock.now() + timedelta(seconds=5))), Source()
    known = KnownPrograms(keys, reserve, clock)
    await known.recognise(TEXT)
    keys.says = reserve.says = AWAY
    assert (await known.recognise(TEXT)).key_id == "abc"
    clock.advance(5)
    with pytest.raises(UnavailableError):
        await known.recognise(TEXT)


async def test_a_key_that_another_process_revokes_is_forgotten() -> None:
    keys, reserve = Source(), Source()
    known = KnownPrograms(keys, reserve, ManualClock())
    await known.recognise(TEXT)
    keys.says = reserve.says = AWAY
    await known.revoked("another")
    assert await known.recognise(TEXT) == PROGRAM
    await known.revoked("abc")
    with pytest.raises(UnavailableError):
        await known.recognise(TEXT)


async def test_a_key_that_is_revoked_while_it_is_asked_for_is_not_remembered() -> None:
    keys, reserve = Source(), Source()
    known = KnownPrograms(keys, reserve, ManualClock())
    keys.is_busy = True
    asked = asyncio.create_task(known.recognise(TEXT))
    await asyncio.sleep(0)
    await known.revoked("abc")
    keys.goes_on.set()
    await asked
    keys.says = reserve.says = AWAY
    with pytest.raises(UnavailableError):
        await known.recognise(TEXT)
