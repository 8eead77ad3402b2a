"""The installation itself: its first team, key and person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from hive.control.domain.ids import new_team_id
from hive.control.domain.roles import SDK_SCOPES
from hive.control.domain.secret_tokens import new_once_token
from hive.control.services.keys import KeyWish
from hive.control.services.teams import found_team
from hive.control.stores.scope import Scope

if TYPE_CHECKING:
    from framework.clock import Clock
    from hive.control.services.keys import Keys
    from hive.control.stores.database import Database

_FIRST_TEAM = "First team"
_FIRST_KEY = "first key"
_LINK_LIFE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What the operator is told at a start; each is shown once.

    Attributes:
        link_token: lets the first person in; None once somebody came in.
        api_key: of the first team; None at all starts but the first.
    """

    link_token: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)


class Installation:
    """What there is from the start: one team, and nobody in it."""

    def __init__(self, database: Database, keys: Keys, clock: Clock) -> None:
        """Keep it in ``database``."""
        self._database = database
        self._keys = keys
        self._clock = clock

    async def welcome(self) -> Welcome:
        """Make the first team and key where there are none; renew the link until somebody used it."""
        link, now, team_id = new_once_token(), self._clock.now(), new_team_id()
        row = {
            "team_id": team_id,
            "now": now,
            "link_hash": link.digest,
            "link_expires": now + _LINK_LIFE,
        }
        async with self._database.transaction(Scope(team_id=team_id)) as transaction:
            is_first = await transaction.change("installation.insert", row) == 1
            if is_first:
                await found_team(transaction, team_id, _FIRST_TEAM, now, "operator")
            is_open = is_first or await transaction.change("installation.renew_link", row) == 1
        if not is_first:
            return Welcome(link_token=link.text if is_open else None)
        made = await self._keys.make(team_id, KeyWish(name=_FIRST_KEY, scopes=SDK_SCOPES))
        return Welcome(link_token=link.text, api_key=made.text)
