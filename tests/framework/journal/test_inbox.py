from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from framework.errors import InputError, JournalError, JournalWriteError
from framework.journal.inbox import MAX_MESSAGE_BYTES, MAX_MESSAGES, FileInbox, InboxMessage, MessageKind

if TYPE_CHECKING:
    from pathlib import Path

ANSWER = InboxMessage(kind=MessageKind.ANSWER, question_id="q", text="yes")


def test_messages_are_read_in_the_order_they_came_and_stay_until_they_are_removed(tmp_path: Path):
    inbox = FileInbox(tmp_path)
    names = [inbox.put(ANSWER), inbox.put(InboxMessage(kind=MessageKind.CANCEL))]

    assert FileInbox(tmp_path).names() == names
    assert inbox.read(names[0]) == ANSWER
    inbox.remove([*names, "gone.json"])
    assert inbox.names() == []
    assert inbox.read(names[0]) is None
    assert list((tmp_path / "inbox").iterdir()) == []


def test_an_inbox_without_messages_is_no_folder(tmp_path: Path):
    assert FileInbox(tmp_path).names() == []
    assert list(tmp_path.iterdir()) == []


def test_half_a_message_and_what_is_none_are_passed_over(tmp_path: Path):
    inbox = FileInbox(tmp_path)
    good = inbox.put(ANSWER)
    (tmp_path / "inbox" / ".half.json.part").write_text("{")
    (tmp_path / "inbox" / "wrong.json").write_text('{"kind": "dance"}')

    assert inbox.names() == [good, "wrong.json"]
    assert inbox.read("wrong.json") is None


def test_messages_of_later_versions_keep_what_is_known(tmp_path: Path):
    inbox = FileInbox(tmp_path)
    inbox.put(ANSWER)
    (tmp_path / "inbox" / "new.json").write_text('{"v": 2, "kind": "pause", "why": "lunch"}')

    message = inbox.read("new.json")
    assert message is not None
    assert (message.kind, message.v) == (MessageKind.PAUSE, 2)


def test_an_inbox_is_bounded(tmp_path: Path):
    inbox = FileInbox(tmp_path)
    with pytest.raises(InputError, match="is the most"):
        inbox.put(InboxMessage(kind=MessageKind.ANSWER, text="x" * MAX_MESSAGE_BYTES))
    (tmp_path / "inbox").mkdir()
    for number in range(MAX_MESSAGES):
        (tmp_path / "inbox" / f"{number:03d}.json").touch()
    with pytest.raises(InputError, match="wait for the run already"):
        inbox.put(ANSWER)


def test_an_inbox_that_cannot_be_used_says_so(tmp_path: Path):
    (tmp_path / "inbox").write_text("in the way")
    inbox = FileInbox(tmp_path)

    with pytest.raises(JournalWriteError, match="could not be left"):
        inbox.put(ANSWER)
    with pytest.raises(JournalError, match="cannot be read"):
        inbox.names()
    with pytest.raises(JournalWriteError, match="cannot be removed"):
        inbox.remove(["a.json"])
