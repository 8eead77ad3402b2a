"""What every inbox does, wherever its messages lie."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import pytest

from framework.errors import InputError, JournalError
from framework.journal.files import FileJournal
from framework.journal.inbox import MAX_MESSAGE_BYTES, MAX_MESSAGES, InboxMessage, MessageKind
from framework.journal.memory import MemoryJournal
from framework.journal.postgres import PostgresJournal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from framework.journal.base import SharedJournal

ANSWER = InboxMessage(kind=MessageKind.ANSWER, question_id="q", text="yes")
PAUSE = InboxMessage(kind=MessageKind.PAUSE)


class Two(NamedTuple):
    """The journals of two processes that reach the same runs; ``run`` and ``other`` are stored."""

    near: SharedJournal
    far: SharedJournal


async def stored(two: Two) -> Two:
    for run_id in ("run", "other"):
        await (await two.near.create(run_id)).close()
    return two


@pytest.fixture(params=["files", "postgres"])
async def two(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Two]:
    if request.param == "files":
        yield await stored(Two(FileJournal(tmp_path), FileJournal(tmp_path)))
        return
    dsn = request.getfixturevalue("postgres")
    async with PostgresJournal(dsn, owner="near") as near, PostgresJournal(dsn, owner="far") as far:
        yield await stored(Two(near, far))


async def test_messages_are_read_elsewhere_in_the_order_they_came_and_stay_until_they_are_removed(two: Two):
    near, far = two.near.inbox("run"), two.far.inbox("run")
    names = [await far.put(ANSWER), await far.put(PAUSE)]

    assert await near.names() == names
    assert [await near.read(name) for name in names] == [ANSWER, PAUSE]
    assert await near.names() == names
    await near.remove([names[0], "gone"])
    assert await far.names() == names[1:]
    assert await far.read(names[0]) is None


async def test_every_run_has_an_inbox_of_its_own(two: Two):
    name = await two.near.inbox("run").put(ANSWER)
    other = two.near.inbox("other")

    assert await other.names() == []
    assert await other.read(name) is None
    await other.remove([name])
    assert await two.near.inbox("run").names() == [name]


async def test_an_inbox_is_attended_while_a_process_writes_the_run(two: Two):
    far = two.far.inbox("run")
    assert not await far.is_attended()
    writer = await two.near.open("run")
    assert await far.is_attended()
    assert str(await far.holder()).startswith((f"process {os.getpid()}", "'near', which holds it until"))
    await writer.close()
    assert not await far.is_attended()
    assert not await two.far.inbox("none").is_attended()


async def test_the_inbox_of_a_run_that_is_not_stored_takes_nothing(two: Two):
    with pytest.raises(JournalError):
        await two.near.inbox("none").put(ANSWER)
    assert await two.near.inbox("none").names() == []


async def test_an_inbox_is_bounded(two: Two):
    inbox = two.near.inbox("run")
    with pytest.raises(InputError, match="is the most"):
        await inbox.put(InboxMessage(kind=MessageKind.ANSWER, text="x" * MAX_MESSAGE_BYTES))
    for _ in range(MAX_MESSAGES):
        await inbox.put(ANSWER)
    with pytest.raises(InputError, match="wait for the run already"):
        await inbox.put(ANSWER)
    await inbox.remove((await inbox.names())[:1])
    assert await inbox.put(PAUSE) == (await inbox.names())[-1]


async def test_messages_keep_what_a_later_version_said(two: Two):
    inbox = two.near.inbox("run")
    later = InboxMessage.model_validate({"v": 2, "kind": "pause", "why": "lunch"})

    message = await inbox.read(await inbox.put(later))

    assert message is not None
    assert (message.kind, message.v, message.model_extra) == (MessageKind.PAUSE, 2, {"why": "lunch"})


def test_no_other_process_reaches_runs_in_memory():
    assert MemoryJournal().inbox("run") is None
