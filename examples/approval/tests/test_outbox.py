from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from examples.approval.outbox import Message, Outbox

if TYPE_CHECKING:
    from pathlib import Path


def test_messages_are_read_back_as_they_were_sent(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "new" / "outbox.jsonl")
    text = 'Küche "neu"\nzweite Zeile \u2028 Ende'

    assert outbox.messages("a") == []
    assert outbox.send(Message(id="a", text=text))
    assert outbox.send(Message(id="b", text="other"))
    assert outbox.messages("a") == [Message(id="a", text=text)]


def test_a_message_is_sent_once_however_many_try_at_once(tmp_path: Path) -> None:
    path = tmp_path / "outbox.jsonl"
    message = Message(id="a", text="x" * 1_000)

    def send(_: int) -> bool:
        return Outbox(path).send(message)

    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(send, range(40)))

    assert sent.count(True) == 1
    assert Outbox(path).messages("a") == [message]
