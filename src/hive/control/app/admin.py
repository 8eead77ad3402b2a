"""``hive admin``: what the operator of an installation does from its machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg

from hive.control.api.pages import FIRST_LOGIN
from hive.control.app.application import opened_parts
from hive.control.app.ground import Ground, prepared_ground
from hive.control.domain.ids import TeamId
from hive.control.domain.roles import KeyScope
from hive.control.services.audit_trail import ChainFault, verify_chains
from hive.control.services.keys import KeyWish
from hive.control.stores.database import connect
from hive.control.stores.spool import SetAside, Spool
from hive.control.stores.statements import statement
from hive.errors import ControlSetupError, NotKnownError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hive.control.app.settings import ControlSettings
    from hive.control.services.keys import MadeKey

_MOST_LISTED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came out of checking the audit log."""

    entries: int
    faults: list[ChainFault]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolContent:
    """What is in a spool.

    Attributes:
        waiting: how many things wait for the database.
        retried: how many were set aside and wait again now.
        count_aside: how many are set aside.
        aside: the first of these.
    """

    waiting: int
    retried: int
    count_aside: int
    aside: Sequence[SetAside]


async def migrate_now(settings: ControlSettings) -> list[str]:
    """Bring the schema up to date; return the names of the migrations that were applied.

    Raises:
        ControlSetupError: if the owner's address is not known, or the database refuses.
        UnavailableError: if it is out of reach.
    """
    async with prepared_ground(settings) as ground:
        _owner(ground)
        return ground.migrated


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOrder:
    """A key the operator wants.

    Attributes:
        team: the name or the id of the team.
        days: how long it counts; None for ever.
    """

    team: str
    name: str
    scopes: tuple[str, ...]
    days: int | None


async def create_key(settings: ControlSettings, order: KeyOrder) -> MadeKey:
    """Make an API key of a team.

    Raises:
        NotKnownError: if no team, or more than one, goes by it.
        ControlSetupError: if something is set up wrongly.
        UnavailableError: if a part is out of reach.
    """
    async with prepared_ground(settings) as ground:
        team_id = await _team(_owner(ground), order.team)
        async with opened_parts(ground.places) as parts:
            expires_at = None if order.days is None else parts.clock.now() + timedelta(days=order.days)
            scopes = frozenset(map(KeyScope, order.scopes))
            wish = KeyWish(name=order.name, scopes=scopes, expires_at=expires_at)
            return await parts.keys.make(team_id, wish)


async def renew_first_login(settings: ControlSettings) -> str:
    """Return where the first person logs in, below the address of the control plane, once.

    Raises:
        ConflictError: if somebody came in already.
        ControlSetupError: if something is set up wrongly.
        UnavailableError: if a part is out of reach.
    """
    async with prepared_ground(settings) as ground, opened_parts(ground.places) as parts:
        return f"{FIRST_LOGIN}#{await parts.installation.renew_link()}"


async def verify_audit(settings: ControlSettings) -> Verdict:
    """Check the audit log of every team.

    Raises:
        ControlSetupError: if the owner's address is not known.
        UnavailableError: if the database is out of reach.
    """
    async with prepared_ground(settings) as ground:
        entries, faults = await verify_chains(_owner(ground))
    return Verdict(entries=entries, faults=faults)


async def look_into_spool(settings: ControlSettings, *, is_retried: bool = False) -> SpoolContent:
    """Return what is in the spool of this home folder; it needs no database.

    Args:
        settings: whose folder.
        is_retried: whether what was set aside waits again, for the drain of a running control plane.

    Raises:
        ControlSetupError: if the file cannot be used.
    """
    if not settings.spool_file.exists():
        return SpoolContent(waiting=0, retried=0, count_aside=0, aside=[])
    spool = Spool(settings.spool_file)
    await spool.open()
    retried = await spool.retry() if is_retried else 0
    aside = await spool.list_aside(_MOST_LISTED)
    return SpoolContent(waiting=spool.waiting, retried=retried, count_aside=spool.aside, aside=aside)


async def retain(settings: ControlSettings, days: Mapping[str, int]) -> dict[str, int]:
    """Set for how many days kinds of things are kept, and return it for every kind.

    Raises:
        ControlSetupError: if the owner's address is not known, or the database refuses so few days.
        UnavailableError: if it is out of reach.
    """
    async with prepared_ground(settings) as ground, await connect(_owner(ground)) as connection:
        for kind, count in days.items():
            try:
                await connection.execute(statement("retention.set"), {"kind": kind, "days": count})
            except psycopg.errors.CheckViolation as error:
                raise ControlSetupError(
                    f"{count} days are too few to keep {kind}; events may come 30 days late, so they "
                    "stay for at least 45, and anything else for at least 1."
                ) from error
        cursor = await connection.execute(statement("retention.read"))
        return {row["kind"]: row["days"] for row in await cursor.fetchall()}


def _owner(ground: Ground) -> str:
    if ground.owner_dsn is None:
        raise ControlSetupError("This needs the owner of the tables; set HIVE_DATABASE_OWNER_URL.")
    return ground.owner_dsn


async def _team(owner_dsn: str, wanted: str) -> TeamId:
    async with await connect(owner_dsn) as connection:
        cursor = await connection.execute(statement("teams.all"))
        teams = await cursor.fetchall()
    found = [row["team_id"] for row in teams if wanted in {row["name"], str(row["team_id"])}]
    if len(found) != 1:
        known = ", ".join(f"{row['name']!r} ({row['team_id']})" for row in teams[:20]) or "none yet"
        count = "No team" if not found else "More than one team"
        raise NotKnownError(f"{count} goes by {wanted!r}; there are: {known}.")
    return TeamId(found[0])
