"""The installation itself: its first team, key and person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hive.control.domain.ids import new_team_id
from hive.control.domain.roles import SDK_SCOPES
from hive.control.domain.secret_tokens import new_once_token
from hive.control.services.keys import KeyWish
from hive.control.services.teams import found_team
from hive.control.stores.scope import Scope
from hive.errors import ConflictError

if TYPE_CHECKING:
    from framework.clock import Clock
    from hive.control.domain.secret_tokens import NewToken
    from hive.control.services.keys import Keys
    from hive.control.stores.database import Database

_FIRST_TEAM = "First team"
_FIRST_KEY = "first key"
_LINK_LIFE = timedelta(days=1)
_NO_LINK = (
    "There is no first login to make: either 'hive up' was never started here, or somebody came in "
    "already; then an admin of the team invites whoever comes next."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What the operator is told at a start; each secret is shown once.

    Attributes:
        link_token: lets the first person in; None where another start showed it, or somebody came in.
        api_key: of the first team; None at all starts but the first.
        link_until: when the link ends that another start showed; None where there is none.
    """

    link_token: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    link_until: datetime | None = None


class Installation:
    """What there is from the start: one team, and nobody in it."""

    def __init__(self, database: Database, keys: Keys, clock: Clock) -> None:
        """Keep it in ``database``."""
        self._database = database
        self._keys = keys
        self._clock = clock

    async def welcome(self, *, is_alone: bool = False) -> Welcome:
        """Make the first team, key and link where there are none, once however many start.

        Args:
            is_alone: whether no other process can have shown the link that counts, so that it is
                renewed; otherwise one that counts is left alone.
        """
        link, team_id = new_once_token(), new_team_id()
        row: dict[str, Any] = {**self._link_row(link), "team_id": team_id}
        async with self._database.transaction(Scope(team_id=team_id)) as transaction:
            # Whoever starts at the same time waits here for whoever was first.
            is_first = await transaction.change("installation.insert", row) == 1
            if is_first:
                await found_team(transaction, team_id, _FIRST_TEAM, row["now"], "operator")
            renewal = f"installation.{'renew_link' if is_alone else 'renew_expired_link'}"
            is_renewed = not is_first and await transaction.change(renewal, row) == 1
            other = await transaction.row("installation.open_link")
        if is_first:
            made = await self._keys.make(team_id, KeyWish(name=_FIRST_KEY, scopes=SDK_SCOPES))
            return Welcome(link_token=link.text, api_key=made.text)
        if is_renewed:
            return Welcome(link_token=link.text)
        return Welcome(link_until=other["link_expires"] if other else None)

    async def renew_link(self) -> str:
        """Return a new link token; the one before counts no more.

        Raises:
            ConflictError: if there is nothing to log in to yet, or somebody came in already.
        """
        link = new_once_token()
        async with self._database.transaction() as transaction:
            if await transaction.change("installation.renew_link", self._link_row(link)) == 0:
                raise ConflictError(_NO_LINK)
        return link.text

    def _link_row(self, link: NewToken) -> dict[str, Any]:
        now = self._clock.now()
        return {"now": now, "link_hash": link.digest, "link_expires": now + _LINK_LIFE}
