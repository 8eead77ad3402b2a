"""What a stream carries between two positions."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.control.domain.live import (
    STREAM_OF,
    Batch,
    Entry,
    Page,
    Shown,
    entries,
    gap,
    newest_by,
    read_cursor,
)
from hive.errors import RefusedInputError
from hive.protocol import EventType
from tests.support.live import CHANNEL, GAUGE, NOW, batch, check_whole

WINDOW = (NOW, NOW)


def page(first: int, events: list[dict[str, Any] | None], newest: int) -> Page:
    return Page(events=[Shown(first + place, event) for place, event in enumerate(events)], newest=newest)


@given(before=st.integers(0, 50), hole=st.integers(0, 9), count=st.integers(1, 9), more=st.integers(0, 9))
def test_what_is_missing_before_a_page_is_a_gap_of_that_size(
    before: int, hole: int, count: int, more: int
) -> None:
    first = before + hole + 1
    stored = page(first, [{"number": first + place} for place in range(count)], first + count - 1 + more)
    found = entries(CHANNEL, before, stored, WINDOW)
    assert check_whole(found, before) == first + count - 1
    assert len(found) == (2 if hole else 1)
    [last] = [entry for entry in found if isinstance(entry, Batch)]
    assert (last.dropped, last.is_full) == (hole, more > 0)


def test_a_page_of_nothing_is_nothing() -> None:
    assert entries(CHANNEL, 7, Page(events=(), newest=7), WINDOW) == []


def test_an_event_that_was_deleted_is_no_gap() -> None:
    [found] = entries(CHANNEL, 0, page(1, [{"number": 1}, None, {"number": 3}], 3), WINDOW)
    assert isinstance(found, Batch)
    assert (found.before, found.upto, [event["number"] for event in found.events]) == (0, 3, [1, 3])


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers()), max_size=20))
def test_of_a_gauge_the_newest_of_each_key_is_left(said: list[tuple[str, int]]) -> None:
    events = [{"sdk_instance_id": key, "value": value} for key, value in said]
    left = newest_by("sdk_instance_id", events)
    assert {event["sdk_instance_id"]: event["value"] for event in left} == dict(said)
    assert len(left) == len(dict(said))
    if events:
        [found] = entries(GAUGE, 0, page(1, list(events), len(events)), WINDOW)
        assert isinstance(found, Batch)
        assert (found.upto, list(found.events)) == (len(events), left)


def test_a_batch_has_the_shape_that_dashboards_know() -> None:
    message = orjson.loads(batch(3, 5).text)
    assert message == {
        "type": "logs-batch",
        "teamId": str(CHANNEL.team_id),
        "cursor": "5",
        "events": [{"number": 4}, {"number": 5}],
        "meta": {
            "batchSize": 2,
            "droppedCount": 0,
            "windowStart": NOW.isoformat().replace("+00:00", "Z"),
            "windowEnd": NOW.isoformat().replace("+00:00", "Z"),
            "flushReason": 1,
        },
    }


def test_a_gap_tells_from_where_to_where_and_how_many() -> None:
    message = orjson.loads(gap(CHANNEL, 3, 10).text)
    told = {name: message[name] for name in ("type", "stream", "from", "to", "cursor", "count")}
    assert told == {"type": "gap", "stream": "logs", "from": "3", "to": "10", "cursor": "10", "count": 7}
    assert gap(CHANNEL, 10, 3).count is None


def test_an_entry_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Entry] = []
    real = Batch.message
    monkeypatch.setattr(Batch, "message", lambda entry: asked.append(entry) or real(entry))
    entry = batch(0, 2)
    assert {entry.text for _ in range(100)} == {entry.text}
    assert len({id(entry.server_sent) for _ in range(100)}) == 1
    assert asked == [entry]


def test_a_server_sent_event_carries_the_cursor_on_one_line_each() -> None:
    head, kind, data, *rest = batch(0, 2).server_sent.decode().split("\n")
    assert (head, kind, rest) == ("id: 2", "event: logs-batch", ["", ""])
    assert orjson.loads(data.removeprefix("data: "))["cursor"] == "2"


@given(st.integers(0, 10**18 - 1))
def test_a_cursor_is_read_as_it_was_written(position: int) -> None:
    assert read_cursor(str(position)) == position


@pytest.mark.parametrize("text", ["", "-1", "1.5", "x", "1" * 19, "\u0661", " 1", "1\n", "0x1"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(RefusedInputError, match="cursor"):
        read_cursor(text)


def test_every_type_of_event_has_a_stream() -> None:
    assert STREAM_OF.keys() == set(EventType)
