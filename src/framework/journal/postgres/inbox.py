"""The inboxes of runs in PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from framework.errors import JournalError, RunNotFoundError
from framework.journal.inbox.base import (
    MAX_MESSAGES,
    Holder,
    decode_message,
    encode_message,
    inbox_is_full,
    new_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from framework.journal.inbox.base import InboxMessage
    from framework.journal.postgres.database import Database

_BETWEEN_LOOKS_S = 0.02


class PostgresInbox:
    """Keeps the messages for one run in a table; see ``Inbox``."""

    __slots__ = ("_database", "_looks", "_run_id")

    def __init__(self, run_id: str, database: Database, looks: Looks) -> None:
        """Keep messages for ``run_id`` in ``database``, and look for them with ``looks``."""
        self._run_id = run_id
        self._database = database
        self._looks = looks

    async def put(self, message: InboxMessage) -> str:
        """Leave a message; see ``Inbox.put``.

        Raises:
            InputError: if it is too large, or too many wait already.
            RunNotFoundError: if no such run is stored.
            JournalWriteError: if it cannot be stored.
        """
        name = new_name()
        asked = {
            "run_id": self._run_id,
            "name": name,
            "message": encode_message(message),
            "most": MAX_MESSAGES,
        }
        [(is_stored, has_room)] = await self._database.write("inbox_put", asked, self._what("message"))
        if not is_stored:
            raise RunNotFoundError(f"No run {self._run_id!r} is stored in the database.")
        if not has_room:
            raise inbox_is_full()
        return name

    async def names(self) -> list[str]:
        """Return the names of the messages; see ``Inbox.names``."""
        return await self._looks.names(self._run_id)

    async def read(self, name: str) -> InboxMessage | None:
        """Return a message; see ``Inbox.read``."""
        asked = {"run_id": self._run_id, "name": name}
        rows = await self._database.read("inbox_read", asked, self._what("message"))
        return decode_message(name, rows[0][0]) if rows else None

    async def remove(self, names: Iterable[str]) -> None:
        """Remove messages; see ``Inbox.remove``."""
        asked = {"run_id": self._run_id, "names": list(names)}
        await self._database.write("inbox_remove", asked, self._what("message"))

    async def is_attended(self) -> bool:
        """Whether a process writes the run: it has not given its lease up, and the lease has not ended."""
        return await self.holder() is not None

    async def holder(self) -> Holder | None:
        """Return who writes the run, and until when its lease lasts; None if nobody does."""
        rows = await self._database.read("lease_holder", {"run_id": self._run_id}, self._what("owner"))
        return Holder(name=rows[0][0], until=rows[0][1], left_s=rows[0][2]) if rows else None

    def _what(self, part: str) -> str:
        return f"The {part} of run {self._run_id!r}"


class Looks:
    """Looks into the inboxes of many runs with one statement, one look at a time.

    Whoever asks meanwhile shares the next look, so that the load on the server
    is bounded however many runs a process writes.
    """

    def __init__(self, database: Database) -> None:
        """Look into ``database``."""
        self._database = database
        self._asked: dict[str, asyncio.Future[list[str] | JournalError]] = {}
        self._task: asyncio.Task[None] | None = None

    async def names(self, run_id: str) -> list[str]:
        """Return the names of the messages for a run, oldest first.

        Raises:
            JournalError: if the database refuses, or is out of reach.
        """
        answer = self._asked.get(run_id)
        if answer is None:
            answer = self._asked[run_id] = asyncio.get_running_loop().create_future()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look_while_asked(), name="journal-inboxes")
        found = await asyncio.shield(answer)
        if isinstance(found, JournalError):
            raise type(found)(str(found)) from found
        return found

    async def close(self) -> None:
        """Wait until nobody is looking."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _look_while_asked(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                found = await self._look(list(asked))
                for run_id, answer in asked.items():
                    answer.set_result(found.get(run_id, []))
            except JournalError as error:
                for answer in asked.values():
                    answer.set_result(error)
            finally:
                for answer in asked.values():
                    answer.cancel()
            await asyncio.sleep(_BETWEEN_LOOKS_S)

    async def _look(self, run_ids: list[str]) -> dict[str, list[str]]:
        rows = await self._database.read("inbox_names", {"run_ids": run_ids}, "The inboxes")
        found: dict[str, list[str]] = {}
        for run_id, name in rows:
            found.setdefault(run_id, []).append(name)
        return found
