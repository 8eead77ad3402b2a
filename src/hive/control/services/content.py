"""Content sent apart from its events: kept once for a team, by the SHA-256 that was checked here."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from pydantic import ValidationError

from hive.control.domain.json_text import is_too_deep, odd_number_in, read_list, write_json
from hive.control.domain.judging import Refused
from hive.control.services.drain import PATIENCE_OF_DRAIN_S
from hive.control.services.endings import within
from hive.control.stores.breaker import Breaker
from hive.control.stores.events import store_events
from hive.control.stores.scope import Scope
from hive.control.stores.spool import Spooled
from hive.errors import ConflictError, NotKnownError, UnavailableError
from hive.protocol import ContentItem, RejectedEvent, StoredAnswer
from hive.protocol.faults import faults_in, sentence_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from framework.clock import Clock
    from hive.control.domain.ids import TeamId
    from hive.control.stores.database import Database, Transaction
    from hive.control.stores.spool import Spool

CONTENT = "content"
"""How the spool names content."""

_TAKEN = "content_id: is the name of another content already; content never changes under its name."


class ContentStore:
    """The content of all teams."""

    def __init__(self, database: Database, spool: Spool | None, clock: Clock, *, patience_s: float) -> None:
        """Keep it in ``database``, and in ``spool`` where that takes longer than ``patience_s``."""
        self._database = database
        self._spool = spool
        self._clock = clock
        self._patience_s = patience_s
        self._breaker = Breaker()
        self._is_away = False

    async def take(self, team_id: TeamId, raws: Sequence[object]) -> StoredAnswer:
        """Store content; an item whose hash is wrong, or whose name is taken, is reported alone.

        Raises:
            ConflictError: if nothing of it could be stored, because the names are taken.
            UnavailableError: if neither the database nor the spool can take it.
        """
        good, rejected = _judged(raws)
        try:
            taken = await self._store_in_time(team_id, good)
        except (UnavailableError, TimeoutError) as error:
            await self._keep_for_later(team_id, good, error)
            taken = []
        if taken and len(taken) == len(raws):
            raise ConflictError(_TAKEN)
        rejected += [RejectedEvent(index=index, reason=_TAKEN) for index in taken]
        rejected.sort(key=lambda each: each.index)
        return StoredAnswer(stored=len(raws) - len(rejected), rejected=rejected)

    async def store_spooled(self, things: Sequence[Spooled]) -> None:
        """Store what waited of a team in the spool.

        Where a name is taken by now its content is kept by its hash all the
        same, and the name is quarantined: its sender was told that it is stored.

        Raises:
            UnavailableError: if the database is out of reach.
            ValueError: if one of the things is no list.
        """
        for thing in things:
            good, _ = _judged(read_list(thing.payload))
            storing = self._store(thing.team_id, thing.received_at, good, is_promised=True)
            taken = await within(PATIENCE_OF_DRAIN_S, storing)
            self._is_away = False
            if taken:
                refused = [_nameless(good[index], thing.received_at) for index in taken]
                await store_events(self._database, thing.team_id, [], refused)

    async def read(self, team_id: TeamId, digest: bytes) -> bytes:
        """Return content by its SHA-256.

        Raises:
            NotKnownError: if the team has none.
        """
        async with self._database.transaction(Scope(team_id=team_id)) as transaction:
            row = await transaction.row("content.read", {"team_id": team_id, "sha256": digest})
        if row is None:
            raise NotKnownError(f"The team has no content {digest.hex()!r}.")
        return bytes(row["body"])

    async def _store_in_time(self, team_id: TeamId, items: Mapping[int, ContentItem]) -> list[int]:
        """Store items, unless somebody waited in vain, just now or before what is spooled."""
        is_spooling = self._is_away and self._spool is not None and self._spool.waiting > 0
        if is_spooling or self._breaker.is_open:
            raise UnavailableError("The database did not answer just now.")
        with self._breaker.asking(UnavailableError, TimeoutError):
            taken = await within(self._patience_s, self._store(team_id, self._clock.now(), items))
        self._is_away = False
        return taken

    async def _store(
        self, team_id: TeamId, now: datetime, items: Mapping[int, ContentItem], *, is_promised: bool = False
    ) -> list[int]:
        """Store items, and return the places of those whose name is taken.

        What was promised is kept by its hash all the same.
        """
        asked = {"team_id": team_id, "now": now}
        async with self._database.transaction(Scope(team_id=team_id)) as transaction:
            names = sorted({item.content_id for item in items.values()})
            before = await _named(transaction, {**asked, "names": names})
            fresh = _first_named(items, before)
            kept = items.values() if is_promised else fresh
            bodies = {_digest(item): item.content.encode() for item in kept}
            # In one order everywhere, so that no two writers wait for each other.
            digests = sorted(bodies)
            sent = {"digests": digests, "bodies": [bodies[digest] for digest in digests]}
            await transaction.change("content.store", {**asked, **sent})
            named = {item.content_id: _digest(item) for item in fresh}
            fresh_names = {"names": sorted(named), "named": [named[name] for name in sorted(named)]}
            await transaction.change("content.name", {**asked, **fresh_names})
            after = await _named(transaction, {**asked, "names": names})
        return [index for index, item in items.items() if after[item.content_id] != _digest(item)]

    async def _keep_for_later(
        self, team_id: TeamId, items: Mapping[int, ContentItem], error: Exception
    ) -> None:
        if self._spool is None:
            raise UnavailableError("The database is out of reach; send the content again.") from error
        self._is_away = True
        payload = write_json([item.written() for item in items.values()])
        now = self._clock.now()
        await self._spool.put([Spooled(team_id=team_id, kind=CONTENT, received_at=now, payload=payload)])


def _judged(raws: Sequence[object]) -> tuple[dict[int, ContentItem], list[RejectedEvent]]:
    good: dict[int, ContentItem] = {}
    rejected: list[RejectedEvent] = []
    for index, raw in enumerate(raws):
        try:
            item = ContentItem.model_validate(raw)
            body = item.content.encode()
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            reason = sentence_of(faults_in(raw, found), "item")
            rejected.append(RejectedEvent(index=index, reason=reason))
        except UnicodeEncodeError:
            rejected.append(RejectedEvent(index=index, reason="content: holds half a character."))
        else:
            if is_too_deep(item.model_extra):
                rejected.append(RejectedEvent(index=index, reason="The item is nested too deeply."))
            elif odd_number_in(item.model_extra) is not None:
                rejected.append(RejectedEvent(index=index, reason="The item holds a number that is none."))
            elif sha256(body).hexdigest() == item.content_hash and len(body) == item.byte_size:
                good[index] = item
            else:
                reason = "content_hash: is not the SHA-256 of the content, or byte_size not its size."
                rejected.append(RejectedEvent(index=index, reason=reason))
    return good, rejected


def _digest(item: ContentItem) -> bytes:
    return bytes.fromhex(item.content_hash)


def _nameless(item: ContentItem, received_at: datetime) -> Refused:
    raw = write_json(item.model_dump(mode="json", exclude={"content"}))
    return Refused(reason=_TAKEN, raw=raw, received_at=received_at)


async def _named(transaction: Transaction, asked: Mapping[str, object]) -> dict[str, bytes]:
    rows = await transaction.rows("content.named", asked)
    return {row["content_id"]: bytes(row["sha256"]) for row in rows}


def _first_named(items: Mapping[int, ContentItem], known: Mapping[str, bytes]) -> list[ContentItem]:
    """Return the items whose name is free or says the same: who comes first keeps a name."""
    names = dict(known)
    return [
        item for item in items.values() if names.setdefault(item.content_id, _digest(item)) == _digest(item)
    ]
