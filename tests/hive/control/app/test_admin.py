"""What an operator does, on a server of their own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from hive.cli.commands.admin import admin
from hive.control.app.admin import (
    KeyOrder,
    SpoolContent,
    create_key,
    look_into_spool,
    migrate_now,
    retain,
    verify_audit,
)
from hive.control.app.settings import ControlSettings
from hive.control.domain.ids import TeamId
from hive.control.domain.roles import KeyScope
from hive.control.stores import audit
from hive.control.stores.spool import Spool, Spooled
from hive.control.stores.statements import migrations
from hive.errors import ControlSetupError, NotKnownError
from tests.support.connections import as_superuser
from tests.support.control import asking, make_key, new_database, register, running_parts

if TYPE_CHECKING:
    from pathlib import Path

    from hive.control.domain.audit import Sealed
    from hive.control.stores.embedded import Addresses


def url(dsn: str) -> str:
    """Return a DSN of the tests as an address."""
    parts = dict(each.split("=") for each in dsn.split())
    return f"postgresql://{parts['user']}@/{parts['dbname']}?host={parts['host']}"


@pytest.fixture
def places(superuser_dsn: str) -> Addresses:
    return new_database(superuser_dsn)


@pytest.fixture
def settings(places: Addresses, tmp_path: Path) -> ControlSettings:
    return ControlSettings(
        home=tmp_path, postgres_folder=tmp_path, database_url=url(places.app), owner_url=url(places.owner)
    )


async def test_migrating_says_what_was_applied(settings: ControlSettings) -> None:
    assert await migrate_now(settings) == [each.name for each in migrations()]
    assert await migrate_now(settings) == []


async def test_without_the_owner_an_old_schema_is_refused(
    settings: ControlSettings, places: Addresses
) -> None:
    unaware = ControlSettings(home=settings.home, postgres_folder=settings.home, database_url=url(places.app))
    with pytest.raises(ControlSetupError, match="lacks the migrations 0001_tenancy"):
        await migrate_now(unaware)
    await migrate_now(settings)
    with pytest.raises(ControlSetupError, match="set HIVE_DATABASE_OWNER_URL"):
        await migrate_now(unaware)


async def test_a_key_is_made_for_a_team_by_name_or_id(settings: ControlSettings, places: Addresses) -> None:
    await migrate_now(settings)
    async with running_parts(places.app) as parts, asking(parts) as client:
        ada = await register(client)
        for team in ("A team", ada.team_id):
            order = KeyOrder(team=team, name="cron", scopes=("sdk:ingest",), days=1)
            made = await create_key(settings, order)
            program = await parts.keys.recognise(made.text)
            assert (str(program.team_id), program.scopes) == (ada.team_id, {KeyScope.INGEST})
        await register(client)
        with pytest.raises(NotKnownError, match="More than one team"):
            await create_key(settings, KeyOrder(team="A team", name="k", scopes=("sdk:ingest",), days=None))


async def test_what_is_appended_while_the_audit_log_is_checked_breaks_no_chain(
    settings: ControlSettings, places: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate_now(settings)
    async with running_parts(places.app) as parts, asking(parts) as client:
        ada = await register(client)
        whole = await verify_audit(settings)
        read = audit.read_page

        async def read_and_append(*args: Any, **named: Any) -> list[Sealed]:
            found = await read(*args, **named)
            await make_key(client, ada)
            return found

        # Between the page and the head, where a real append would have to be lucky.
        monkeypatch.setattr(audit, "read_page", read_and_append)
        assert await verify_audit(settings) == whole


async def test_the_audit_log_is_checked_and_a_change_is_found(
    settings: ControlSettings, places: Addresses
) -> None:
    await migrate_now(settings)
    async with running_parts(places.app) as parts, asking(parts) as client:
        ada, _ = await register(client), await register(client)
    whole = await verify_audit(settings)
    assert (whole.entries, whole.faults) == (6, [])
    with as_superuser(places.app) as connection:
        connection.execute(
            "UPDATE audit_log SET actor = 'nobody' WHERE team_id = %s AND seq = 2", [ada.team_id]
        )
    [fault] = (await verify_audit(settings)).faults
    assert (str(fault.team_id), fault.seq) == (ada.team_id, 2)


async def test_what_was_set_aside_is_listed_and_tried_again(settings: ControlSettings) -> None:
    assert await look_into_spool(settings) == SpoolContent(waiting=0, retried=0, count_aside=0, aside=[])
    assert not settings.spool_file.exists()
    spool = Spool(settings.spool_file)
    await spool.open()
    team_id, now = TeamId(uuid4()), datetime(2026, 1, 31, tzinfo=UTC)
    things = [Spooled(team_id=team_id, kind="events", received_at=now, payload=b"[]") for _ in range(3)]
    await spool.put(things)
    await spool.set_aside(2, "RuntimeError: odd")
    found = await look_into_spool(settings)
    assert (found.waiting, found.count_aside) == (2, 1)
    assert [(each.seq, each.team_id, each.reason) for each in found.aside] == [
        (2, str(team_id), "RuntimeError: odd")
    ]
    again = await look_into_spool(settings, is_retried=True)
    assert again == SpoolContent(waiting=3, retried=1, count_aside=0, aside=[])


def test_the_command_lists_what_was_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HIVE_HOME", str(tmp_path))
    spool = Spool(tmp_path / "control-spool.sqlite")
    thing = Spooled(
        team_id=TeamId(uuid4()), kind="events", received_at=datetime(2026, 1, 31, tzinfo=UTC), payload=b"[]"
    )

    async def fill() -> None:
        await spool.open()
        await spool.put([thing])
        await spool.set_aside(1, "RuntimeError: odd")

    asyncio.run(fill())
    for arguments in (["spool"], ["spool", "--json"], ["spool", "--retry"]):
        assert admin.main(arguments, standalone_mode=False) == 0
    said = capsys.readouterr().out
    assert "Waiting: 0. Set aside: 1." in said
    assert said.count("RuntimeError: odd") == 2
    assert '"set_aside": 1' in said
    assert "Waiting again: 1.\nWaiting: 1. Set aside: 0." in said


async def test_how_long_things_are_kept_is_said_and_changed(settings: ControlSettings) -> None:
    await migrate_now(settings)
    assert await retain(settings, {}) == {"content": 440, "events": 400, "quarantine": 30}
    assert await retain(settings, {"events": 90, "quarantine": 1}) == await retain(settings, {})
    assert (await retain(settings, {}))["events"] == 90


@pytest.mark.parametrize("days", [{"events": 44}, {"content": 0}])
async def test_what_still_comes_late_is_not_let_go(settings: ControlSettings, days: dict[str, int]) -> None:
    await migrate_now(settings)
    with pytest.raises(ControlSetupError, match="too few to keep"):
        await retain(settings, days)
