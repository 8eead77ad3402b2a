"""The journal in PostgreSQL."""

from __future__ import annotations

import os
import re
import secrets
import socket
from typing import TYPE_CHECKING, NamedTuple, Self

from framework.clock import Clock, SystemClock
from framework.database_address import ADVICE, is_usable
from framework.errors import (
    JournalCorruptError,
    JournalLockedError,
    RunExistsError,
    RunIdError,
    RunNotFoundError,
    SettingsError,
)
from framework.journal.entry import decode_line, encode_body, encode_line, first_hash
from framework.journal.postgres.blobs import read_blob
from framework.journal.postgres.commits import GroupCommit
from framework.journal.postgres.database import Database
from framework.journal.postgres.inbox import Looks, PostgresInbox
from framework.journal.postgres.lease import Leases
from framework.journal.postgres.lines import sequence_number
from framework.journal.postgres.retention import Removed, Retention, delete_runs, retain, sweep
from framework.journal.postgres.writer import Place, PostgresWriter
from framework.journal.state import MAIN_LANE
from framework.model.events import OwnerChanged
from framework.model.value import write_value

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from framework.journal.postgres.database import Pool
    from framework.journal.sweep import Swept

_RUN_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


class _Holding(NamedTuple):
    """Who holds a run."""

    epoch: int
    last_seq: int
    owner: str
    previous_owner: str
    token: str
    lease_until: datetime | None


class PostgresJournal:
    """Stores runs in a database that many processes share.

    A run is held by one writer at a time, for a lease that the writer renews
    while it lives. When its process dies or stops for longer than that,
    another may open the run; the first one's appends are refused from then on.

    The tables lie in the first schema of the connections' search path and are
    made, or brought up to date, when the database is first used. A journal
    belongs to one event loop; close it there.
    """

    def __init__(
        self,
        where: str | Pool,
        *,
        lease_s: float = 30.0,
        owner: str = "",
        patience_s: float = 10.0,
        clock: Clock | None = None,
        agent: str = "",
    ) -> None:
        """Store in a database of PostgreSQL 15 or newer.

        Args:
            where: a DSN, or an open pool, which its owner closes, of connections in autocommit mode.
            lease_s: seconds a silent writer keeps its run.
            owner: the name others see while a run is held; host and process by default.
            patience_s: seconds a statement is tried again while the connection is lost.
            clock: stamps the entries that say a run changed its owner.
            agent: lists the runs of this agent alone; of all by default.

        Raises:
            SettingsError: if a time is not above 0, or the DSN is none.
        """
        if min(lease_s, patience_s) <= 0:
            raise SettingsError(
                f"lease_s is {lease_s} and patience_s {patience_s}; both are seconds above 0."
            )
        if isinstance(where, str) and not is_usable(where):
            raise SettingsError(f"The address of the database cannot be used; {ADVICE}.")
        self._lease_s = lease_s
        self._owner = owner or f"{socket.gethostname()}:{os.getpid()}"
        self._clock = clock or SystemClock()
        self._agent = agent
        self._database = Database(where, patience_s=patience_s)
        self._place = Place(
            self._database,
            GroupCommit(self._database, lease_s=lease_s),
            Leases(self._database, lease_s=lease_s),
        )
        self._looks = Looks(self._database)

    async def __aenter__(self) -> Self:
        """Return the journal, to be closed at the end."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self.close()

    async def close(self) -> None:
        """Finish what is being stored and close the connections; a run still held is free after its lease."""
        await self._place.leases.close()
        await self._place.commits.close()
        await self._looks.close()
        await self._database.close()

    async def create(self, run_id: str) -> PostgresWriter:
        """Begin a new run; see ``Journal.create``.

        Raises:
            RunIdError: if the text cannot be a run's id.
            RunExistsError: if the run is stored already.
            JournalWriteError: if it cannot be stored.
        """
        holding, is_ours = await self._claim("create_run", run_id)
        if holding is None or not is_ours:
            raise RunExistsError(f"Run {run_id!r} exists already; choose another id.")
        return PostgresWriter(run_id, holding.epoch, 0, self._place)

    async def open(self, run_id: str) -> PostgresWriter:
        """Become the writer of a stored run; see ``Journal.open``.

        When another owner held it last, the run's next entry says so.

        Raises:
            RunNotFoundError: if no such run is stored.
            JournalLockedError: if another writer holds it.
            JournalCorruptError: if it does not read back.
            JournalWriteError: if the database refuses, or is out of reach.
        """
        holding, is_ours = await self._claim("take_lease", run_id)
        if holding is None:
            raise _not_found(run_id)
        if not is_ours:
            raise JournalLockedError(
                f"Run {run_id!r} is being written by {holding.owner!r}; wait until it is done, or until "
                f"{holding.lease_until} if that has died."
            )
        writer = PostgresWriter(run_id, holding.epoch, holding.last_seq, self._place)
        try:
            await self.read(run_id)
            if holding.previous_owner != self._owner and holding.last_seq:
                await self._note_owner(writer)
        except BaseException:
            await writer.close()
            raise
        return writer

    async def read(self, run_id: str, *, after: int = 0) -> list[bytes]:
        """Return the entries above ``after``; see ``Journal.read``."""
        asked = {"run_id": _checked(run_id), "after": after}
        rows = await self._database.read("read_entries", asked, f"Run {run_id!r}")
        if not rows:
            raise _not_found(run_id)
        last_seq: int = rows[0][0]
        lines: list[bytes] = [line for _, seq, line in rows if seq is not None]
        for seq, line in enumerate(lines, after + 1):
            if sequence_number(line) != seq:
                raise JournalCorruptError(
                    f"Entry {seq} of run {run_id!r} in the database is missing or not what was written; "
                    "restore it from a copy."
                )
        if len(lines) != max(0, last_seq - after):
            raise JournalCorruptError(
                f"Run {run_id!r} should have {last_seq} entries in the database and has "
                f"{after + len(lines)}; restore it from a copy."
            )
        return lines

    async def read_blob(self, digest: str) -> bytes:
        """Return a blob; see ``Journal.read_blob``."""
        return await read_blob(self._database, digest)

    async def run_ids(self) -> list[str]:
        """Return the ids of the stored runs, in the order of their creation."""
        rows = await self._database.read("run_ids", {"agent": self._agent}, "The list of runs")
        return [run_id for (run_id,) in rows]

    def inbox(self, run_id: str) -> PostgresInbox:
        """Return the inbox of a run.

        Raises:
            RunIdError: if the text cannot be a run's id.
        """
        return PostgresInbox(_checked(run_id), self._database, self._looks)

    async def delete(self, run_id: str) -> None:
        """Delete a run nobody writes; its content goes with the next ``retain``.

        Raises:
            RunNotFoundError: if no such run is stored.
            JournalLockedError: if it is being written.
            JournalWriteError: if the database refuses, or is out of reach.
        """
        if await delete_runs(self._database, [_checked(run_id)]):
            return
        if not await self._database.read("holder", {"run_id": run_id}, f"Run {run_id!r}"):
            raise _not_found(run_id)
        raise JournalLockedError(f"Run {run_id!r} is being written; wait until that writer is done.")

    async def retain(self, retention: Retention) -> Removed:
        """Delete the runs that may go, and content nobody refers to; runs under way stay.

        Raises:
            JournalWriteError: if the database refuses, or is out of reach.
        """
        return await retain(self._database, retention)

    async def sweep(self, older_than: timedelta, *, is_trial: bool = False) -> Swept:
        """Delete old runs of all agents, and content nobody refers to; see ``SharedJournal.sweep``.

        Raises:
            JournalError: if the database refuses, or is out of reach.
        """
        return await sweep(self._database, older_than, is_trial=is_trial)

    async def _claim(self, name: str, run_id: str) -> tuple[_Holding | None, bool]:
        """Execute a statement that may make this the holder; return who is, and whether it is this."""
        token = secrets.token_hex(16)
        asked = {
            "run_id": _checked(run_id),
            "owner": self._owner,
            "token": token,
            "lease_s": self._lease_s,
        }
        await self._database.write(name, asked, f"Run {run_id!r}")
        rows = await self._database.write("holder", {"run_id": run_id}, f"Run {run_id!r}")
        holding = _Holding(*rows[0]) if rows else None
        return holding, holding is not None and holding.token == token

    async def _note_owner(self, writer: PostgresWriter) -> None:
        """Append that the run changed its owner; the event stands outside its lane's hash."""
        asked = {"run_id": writer.run_id, "lane": MAIN_LANE}
        rows = await self._database.read("last_line_of_lane", asked, f"Run {writer.run_id!r}")
        digest = _digest_of(rows[0][0], writer.run_id) if rows else first_hash(MAIN_LANE)
        event = OwnerChanged(owner=self._owner, epoch=writer.epoch)
        place = (writer.last_seq + 1, self._clock.epoch_us(), MAIN_LANE)
        line = encode_line(place, event, encode_body(event, write_value), digest, b"{}")
        await writer.append([line], expected=writer.last_seq, blobs={})


def _digest_of(line: bytes, run_id: str) -> bytes:
    place = f"The last entry of run {run_id!r} in the database"
    try:
        return bytes.fromhex(decode_line(line, place).digest)
    except ValueError as error:
        raise JournalCorruptError(f"{place} is not what was written; restore it from a copy.") from error


def _checked(run_id: str) -> str:
    if not _RUN_ID.fullmatch(run_id):
        raise RunIdError(
            f"{run_id[:200]!r} cannot be a run's id; use up to 128 letters, digits, '_', '-' and '.', "
            "not beginning with '-' or '.'."
        )
    return run_id


def _not_found(run_id: str) -> RunNotFoundError:
    return RunNotFoundError(f"No run {run_id!r} is stored in the database.")
