from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from framework.errors import JournalError, JournalWriteError
from framework.journal.inbox import FileInbox, InboxMessage, MessageKind

if TYPE_CHECKING:
    from pathlib import Path

ANSWER = InboxMessage(kind=MessageKind.ANSWER, question_id="q", text="yes")


def test_an_inbox_without_messages_is_no_folder(tmp_path: Path):
    inbox = FileInbox(tmp_path)
    assert asyncio.run(inbox.names()) == []
    assert list(tmp_path.iterdir()) == []
    name = asyncio.run(inbox.put(ANSWER))
    asyncio.run(inbox.remove([name]))
    assert list((tmp_path / "inbox").iterdir()) == []


async def test_half_a_message_and_what_is_none_are_passed_over(tmp_path: Path):
    inbox = FileInbox(tmp_path)
    good = await inbox.put(ANSWER)
    (tmp_path / "inbox" / ".half.json.part").write_text("{")
    (tmp_path / "inbox" / "wrong.json").write_text('{"kind": "dance"}')
    (tmp_path / "inbox" / "z.json").mkdir()

    assert await inbox.names() == [good, "wrong.json", "z.json"]
    assert await inbox.read("wrong.json") is None
    assert await inbox.read("z.json") is None


async def test_an_inbox_that_cannot_be_used_says_so(tmp_path: Path):
    (tmp_path / "inbox").write_text("in the way")
    inbox = FileInbox(tmp_path)

    with pytest.raises(JournalWriteError, match="could not be left"):
        await inbox.put(ANSWER)
    with pytest.raises(JournalError, match="cannot be read"):
        await inbox.names()
    with pytest.raises(JournalWriteError, match="cannot be removed"):
        await inbox.remove(["a.json"])
