"""Reading a stored run: whatever was changed since it was written is noticed."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import orjson
import pytest

from framework.errors import BlobNotFoundError, JournalCorruptError, RunNotFoundError
from framework.journal.entry import chain, decode_line, encode_line, first_hash
from framework.journal.files import FileJournal
from framework.journal.memory import MemoryJournal
from framework.journal.reading import fold_entries, read_entries, read_state
from framework.model import events as ev
from tests.support.event_samples import LARGE_TEXT, value
from tests.support.journals import record_all, write_run
from tests.support.run_samples import every_kind_run, question_run, tool_run

if TYPE_CHECKING:
    from pathlib import Path


async def stored_lines() -> list[bytes]:
    journal, _ = await record_all(tool_run((2, 0, 1)))
    return await journal.read("run")


async def stored(lines: list[bytes]) -> MemoryJournal:
    journal = MemoryJournal()
    writer = await journal.create("run")
    await writer.append(lines, expected=0, blobs={})
    return journal


def is_refused(lines: list[bytes]) -> bool:
    try:
        fold_entries("run", [decode_line(line) for line in lines])
    except JournalCorruptError:
        return True
    return False


def with_field(line: bytes, **fields: object) -> bytes:
    return orjson.dumps(orjson.loads(line) | fields)


def hashed_span(line: bytes) -> range:
    """Return the places of the kind, the digest and the body's content in a line."""
    return range(line.index(b'"kind":"') + 8, len(line) - 1)


async def test_a_run_that_nobody_touched_reads_back() -> None:
    journal, live = await record_all(every_kind_run())

    state = await read_state(journal, "run")

    assert state.main.digest == live.main.digest
    assert state.run_id == "run"


async def test_a_missing_run_is_reported() -> None:
    with pytest.raises(RunNotFoundError):
        await read_state(MemoryJournal(), "run")


async def test_an_empty_run_has_a_new_state() -> None:
    assert (await read_state(await stored([]), "run")).last_seq == 0


async def test_a_changed_byte_of_any_content_is_noticed() -> None:
    lines = await stored_lines()
    for index, line in enumerate(lines):
        meta = range(line.index(b'"meta"'), line.index(b'"body"'))
        for place in hashed_span(line):
            if place in meta:
                continue
            changed = line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :]
            assert is_refused([*lines[:index], changed, *lines[index + 1 :]]), changed


async def test_a_changed_digest_of_an_event_outside_of_the_hash_is_noticed() -> None:
    journal, _ = await record_all(question_run())
    lines = await journal.read("run")
    for index, line in enumerate(lines):
        if decode_line(line).event.hashed:
            continue
        assert is_refused([*lines[:index], with_field(line, digest="0" * 64), *lines[index + 1 :]])


async def test_a_deleted_line_is_noticed() -> None:
    lines = await stored_lines()
    for index in range(len(lines) - 1):
        assert is_refused(lines[:index] + lines[index + 1 :])


async def test_swapped_lines_are_noticed() -> None:
    lines = await stored_lines()
    for index in range(len(lines) - 1):
        assert is_refused([*lines[:index], lines[index + 1], lines[index], *lines[index + 2 :]])


async def test_deleting_or_swapping_with_new_numbers_is_noticed() -> None:
    lines = await stored_lines()
    for index in range(1, len(lines) - 2):
        for order in (
            [*lines[:index], *lines[index + 1 :]],
            [*lines[:index], lines[index + 1], lines[index], *lines[index + 2 :]],
        ):
            renumbered = [with_field(line, seq=seq) for seq, line in enumerate(order, 1)]
            lanes = {decode_line(line).lane for line in lines[index : index + 2]}
            assert is_refused(renumbered) or len(lanes) == 2


async def test_a_doubled_line_is_noticed() -> None:
    lines = await stored_lines()

    assert is_refused([*lines, lines[-1]])
    with pytest.raises(JournalCorruptError, match=r"Run 'run' lacks entry 3: entry 2 stands there"):
        await read_state(await stored([lines[0], lines[1], lines[1]]), "run")


async def test_the_entry_that_was_changed_is_named() -> None:
    lines = await stored_lines()
    lines[2] = lines[2].replace(b"Be brief.", b"Be long..")

    with pytest.raises(JournalCorruptError, match=r"Entry 3 of run 'run' is not what was written"):
        await read_state(await stored(lines), "run")


@pytest.mark.parametrize("lane", ["m.b9.000", "elsewhere", "m.b9.000.c1.000", ""])
async def test_a_lane_that_nothing_opened_is_reported(lane: str) -> None:
    lines = await stored_lines()
    lines[1] = with_field(lines[1], lane=lane)

    with pytest.raises(
        JournalCorruptError, match=r"Entry 2 of run 'run' is of lane .*, which nothing opened"
    ):
        await read_state(await stored(lines), "run")


async def test_a_moved_event_is_noticed() -> None:
    lines = await stored_lines()
    lines[1] = with_field(lines[1], lane="m.c1.000")

    assert is_refused(lines)


async def test_times_and_facts_outside_of_the_hash_may_differ() -> None:
    lines = [with_field(line, at=5, meta={"host": "elsewhere"}) for line in await stored_lines()]

    assert not is_refused(lines)


@pytest.mark.parametrize("is_hashed", [True, False])
async def test_events_of_kinds_to_come_read_back_hashed_or_not(is_hashed: bool) -> None:
    [first, second, *_] = await stored_lines()
    before = bytes.fromhex(decode_line(first).digest)
    kind, body = "moon_landed", b'{"crew":2}'
    event = ev.RunResumed(reason="")
    digest = chain(before, kind, body) if is_hashed else before
    line = encode_line((2, 1, "m"), event, body, digest, b"{}").replace(b'"run_resumed"', b'"moon_landed"')
    after = decode_line(second)
    follow = chain(digest, after.event_kind, after.body)
    lines = [first, line, with_field(second, seq=3, digest=follow.hex())]

    state = await read_state(await stored(lines), "run")

    assert state.main.digest == follow


async def test_content_kept_outside_is_fetched_wherever_it_stands() -> None:
    run = every_kind_run()
    journal, _ = await record_all(run)

    entries = await read_entries(journal, "run")

    assert [entry.event for entry in entries] == [event for _, event in run]
    assert [entry.event for entry in await read_entries(journal, "run", after=20)] == [e for _, e in run[20:]]
    large = {item.load() for entry in entries for item in blobs_of(entry.event)}
    assert large == {LARGE_TEXT}


def blobs_of(event: ev.Event) -> list[ev.Value]:
    match event:
        case ev.OutputSet(values=values):
            return [item for item in values.values() if item.digest]
        case ev.ToolReturned(content=content) | ev.FileWritten(content=content):
            return [content] if content.digest else []
        case _:
            return []


async def test_missing_content_is_reported(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path, fsync="never")
    await write_run(journal, "run", every_kind_run())
    digest = value(LARGE_TEXT).digest
    assert digest is not None
    (tmp_path / "blobs" / digest[:2] / digest).unlink()

    with pytest.raises(BlobNotFoundError, match=digest):
        await read_state(journal, "run")


async def test_changed_content_is_reported(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path, fsync="never")
    await write_run(journal, "run", every_kind_run())
    digest = value(LARGE_TEXT).digest
    assert digest is not None
    path = tmp_path / "blobs" / digest[:2] / digest
    path.write_bytes(path.read_bytes().replace(b"long", b"tall"))

    with pytest.raises(JournalCorruptError, match="not what was written"):
        await read_state(journal, "run")


def test_a_lane_begins_at_the_hash_of_its_name() -> None:
    assert first_hash("m") == sha256(b"m").digest()
