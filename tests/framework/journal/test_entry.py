"""One line of a journal: written strictly, read tolerantly, hashed over content alone."""

from __future__ import annotations

from decimal import Decimal

import orjson
import pytest

from framework.errors import JournalCorruptError, NotJsonError
from framework.journal.entry import (
    DIGEST_SIZE,
    FORMAT_VERSION,
    absorb,
    chain,
    decode_line,
    encode_body,
    encode_line,
    first_hash,
)
from framework.model import events as ev
from framework.model.value import Value, write_value
from tests.support.event_samples import LARGE_TEXT, answer, one_of_each_kind, request


def encoded(
    event: ev.Event, *, seq: int = 7, at_us: int = 1_000, lane: str = "m", meta: bytes = b"{}"
) -> bytes:
    body = encode_body(event, write_value)
    return encode_line((seq, at_us, lane), event, body, chain(first_hash(lane), event.kind, body), meta)


def changed(line: bytes, **fields: object) -> bytes:
    return orjson.dumps(orjson.loads(line) | fields)


def test_the_samples_are_of_every_kind() -> None:
    assert [event.kind for event in one_of_each_kind()] == list(ev.EVENT_TYPES)


@pytest.mark.parametrize("event", one_of_each_kind(), ids=lambda event: event.kind)
def test_an_event_reads_back_as_it_was(event: ev.Event) -> None:
    entry = decode_line(encoded(event, lane="m.b1.000"))

    assert entry.event == event
    assert entry.event_kind == event.kind
    assert (entry.seq, entry.at_us, entry.lane) == (7, 1_000, "m.b1.000")
    assert type(entry.event) is type(event)


@pytest.mark.parametrize("text", ['{"url": ', LARGE_TEXT])
def test_arguments_that_did_not_parse_read_back_as_they_were_written(text: str) -> None:
    read = ev.ToolRequest(id="a", name="fetch", arguments=Value.of({}), error="Not JSON.")
    unread = ev.UnreadRequest(
        id="b", name="fetch", arguments=Value.of({}), error="Not JSON.", arguments_text=Value.of(text)
    )
    event = answer("Look.", read, unread)

    entry = decode_line(encoded(event))

    assert entry.event == event
    assert [type(call) for call in entry.event.tool_calls] == [ev.ToolRequest, ev.UnreadRequest]
    assert orjson.loads(entry.body)["tool_calls"][0] == {
        "id": "a",
        "name": "fetch",
        "arguments": {},
        "error": "Not JSON.",
    }  # fmt: skip  (what earlier versions wrote, and hashed)


@pytest.mark.parametrize("event", one_of_each_kind(), ids=lambda event: event.kind)
def test_an_entry_read_back_encodes_to_the_same_bytes(event: ev.Event) -> None:
    line = encoded(event, meta=b'{"took_us":12}')
    entry = decode_line(line)

    digest = bytes.fromhex(entry.digest)
    place = (entry.seq, entry.at_us, entry.lane)
    body = encode_body(entry.event, write_value)

    assert entry.body == body
    assert encode_line(place, entry.event, body, digest, orjson.dumps(entry.meta)) == line


def test_a_line_is_one_line_of_json() -> None:
    line = encoded(ev.LogWritten(stream="stdout", text=Value.of("a\nb\r\n\u2028")))

    assert b"\n" not in line
    assert list(orjson.loads(line)) == ["v", "seq", "at", "lane", "kind", "digest", "meta", "body"]
    assert orjson.loads(line)["v"] == FORMAT_VERSION


def test_large_content_is_a_reference() -> None:
    body = orjson.loads(encode_body(answer(LARGE_TEXT), write_value))

    assert body["text"] == {"$blob": Value.of(LARGE_TEXT).digest, "size": Value.of(LARGE_TEXT).size}


def test_an_unknown_kind_is_kept() -> None:
    line = changed(
        encoded(ev.RunResumed(reason="crash")), kind="moon_landed", body={"crew": [1, 2], "z": "a"}
    )
    entry = decode_line(line)

    assert isinstance(entry.event, ev.UnknownEvent)
    assert entry.event_kind == "moon_landed"
    assert entry.event.body.load() == {"crew": [1, 2], "z": "a"}
    assert entry.body == b'{"crew":[1,2],"z":"a"}'


@pytest.mark.parametrize("event", one_of_each_kind(), ids=lambda event: event.kind)
def test_unknown_fields_are_kept_in_the_body(event: ev.Event) -> None:
    line = encoded(event)
    body = orjson.loads(line)["body"] | {"from_the_future": {"deep": 1}}
    entry = decode_line(changed(line, body=body, another=1))

    assert entry.event == event
    assert entry.body == orjson.dumps(body)


def test_fields_that_later_versions_of_this_format_add_have_defaults() -> None:
    line = encoded(answer("hello", request("c1")))
    body = {
        key: item for key, item in orjson.loads(line)["body"].items() if key in {"purpose", "model", "text"}
    }

    event = decode_line(changed(line, body=body)).event

    assert isinstance(event, ev.ModelAnswered)
    assert (event.tool_calls, event.input_tokens, event.cost_usd) == ((), 0, None)


def test_a_newer_format_is_refused() -> None:
    line = changed(encoded(ev.RunResumed(reason="crash")), v=FORMAT_VERSION + 1)

    with pytest.raises(JournalCorruptError, match="has format 3, this program reads up to format 2; upgrade"):
        decode_line(line)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b"null",
        b"{}",
        b'"text"',
        b'{"v":1}',
        b"\xff",
        b'{"v":"1","kind":"x","body":{}}',
    ],
)
def test_what_is_no_entry_is_reported(line: bytes) -> None:
    with pytest.raises(JournalCorruptError, match="does not read back"):
        decode_line(line)


@pytest.mark.parametrize(
    "body",
    [{}, {"purpose": "turn"}, [], None, {"purpose": 1, "model": "m", "text": "t"},
     {"purpose": "turn", "model": "m", "text": {"$blob": "x", "size": "many"}}],
)  # fmt: skip
def test_a_body_that_does_not_fit_its_kind_is_reported(body: object) -> None:
    with pytest.raises(JournalCorruptError, match="does not read back"):
        decode_line(changed(encoded(answer("hello")), body=body))


def test_the_hash_is_over_content_alone() -> None:
    event = answer("hello", cost_usd=str(Decimal("0.10")))
    one = decode_line(encoded(event, seq=1, at_us=5))
    other = decode_line(encoded(event, seq=900, at_us=6, meta=b'{"host":"there"}'))

    assert one.digest == other.digest
    assert one.body == other.body


def test_the_hash_changes_with_lane_history_kind_and_content() -> None:
    start = first_hash("m")
    hashes = {
        chain(start, "a", b"{}"),
        chain(start, "b", b"{}"),
        chain(start, "a", b"[]"),
        chain(first_hash("m.b1.000"), "a", b"{}"),
        chain(chain(start, "a", b"{}"), "a", b"{}"),
        absorb(start, []),
        absorb(start, [chain(start, "a", b"{}")]),
    }

    assert len(hashes) == 7
    assert {len(digest) for digest in hashes} == {DIGEST_SIZE}


def test_kind_and_content_cannot_trade_bytes() -> None:
    assert chain(first_hash("m"), "ab", b"c") != chain(first_hash("m"), "a", b"bc")


def test_lanes_are_absorbed_in_the_order_given() -> None:
    one, two = first_hash("one"), first_hash("two")

    assert absorb(first_hash("m"), [one, two]) != absorb(first_hash("m"), [two, one])


def test_text_that_json_cannot_hold_is_refused() -> None:
    event = ev.NodeFinished(
        node_id="first", succeeded=False, error=ev.ErrorFacts(error="OSError", message="no file '\udcff'")
    )

    with pytest.raises(NotJsonError, match="'node_finished' cannot be expressed in JSON"):
        encode_body(event, write_value)
