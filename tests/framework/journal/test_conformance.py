"""What every journal does, wherever it stores."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from framework.errors import (
    BlobNotFoundError,
    JournalConflictError,
    JournalLockedError,
    RunExistsError,
    RunNotFoundError,
)
from framework.journal.files import FileJournal
from framework.journal.memory import MemoryJournal
from framework.journal.postgres import PostgresJournal
from framework.journal.reading import read_entries
from tests.support.event_samples import LARGE_TEXT, node_started, run_started
from tests.support.journals import line, lines, write_run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from framework.journal.base import Journal

JOURNALS: dict[str, Callable[[Path], Journal]] = {
    "memory": lambda _folder: MemoryJournal(),
    "files-always": lambda folder: FileJournal(folder / "store", fsync="always"),
    "files-turn": lambda folder: FileJournal(folder / "store", fsync="turn"),
    "files-never": lambda folder: FileJournal(folder / "store", fsync="never"),
}


POSTGRES = "postgres"


@pytest.fixture(params=[*JOURNALS, POSTGRES])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Journal]:
    if request.param == POSTGRES:
        async with PostgresJournal(request.getfixturevalue("postgres")) as stored:
            yield stored
    else:
        yield JOURNALS[request.param](tmp_path)


def named(content: bytes) -> dict[str, bytes]:
    return {sha256(content).hexdigest(): content}


async def test_a_new_run_is_empty(journal: Journal) -> None:
    writer = await journal.create("run")

    assert writer.last_seq == 0
    assert await journal.read("run") == []


async def test_a_run_is_created_once(journal: Journal) -> None:
    writer = await journal.create("run")
    await writer.close()

    with pytest.raises(RunExistsError, match="'run' exists already"):
        await journal.create("run")


async def test_entries_read_back_in_order(journal: Journal) -> None:
    writer = await journal.create("run")
    await writer.append(lines(1, 2), expected=0, blobs={})
    await writer.append(lines(3, 3), expected=2, blobs={}, durable=True)

    assert writer.last_seq == 3
    assert await journal.read("run") == lines(1, 3)


async def test_entries_are_read_after_a_number(journal: Journal) -> None:
    writer = await journal.create("run")
    await writer.append(lines(1, 4), expected=0, blobs={})

    assert await journal.read("run", after=2) == lines(3, 4)
    assert await journal.read("run", after=4) == []
    assert await journal.read("run", after=9) == []


async def test_appending_nothing_changes_nothing(journal: Journal) -> None:
    writer = await journal.create("run")
    await writer.append([], expected=0, blobs={}, durable=True)

    assert writer.last_seq == 0
    assert await journal.read("run") == []


@pytest.mark.parametrize("expected", [0, 1, 3, -1])
async def test_an_append_that_expects_another_number_is_refused(journal: Journal, expected: int) -> None:
    writer = await journal.create("run")
    await writer.append(lines(1, 2), expected=0, blobs={})

    with pytest.raises(JournalConflictError, match="has 2 entries"):
        await writer.append(lines(expected + 1, expected + 1), expected=expected, blobs={})
    assert await journal.read("run") == lines(1, 2)


async def test_a_refused_append_leaves_the_writer_usable(journal: Journal) -> None:
    writer = await journal.create("run")
    with pytest.raises(JournalConflictError):
        await writer.append(lines(6, 6), expected=5, blobs={})

    await writer.append(lines(1, 1), expected=0, blobs={})

    assert await journal.read("run") == lines(1, 1)


async def test_a_second_writer_is_refused_until_the_first_closes(journal: Journal) -> None:
    first = await journal.create("run")
    with pytest.raises(JournalLockedError, match="is being written"):
        await journal.open("run")

    await first.append(lines(1, 1), expected=0, blobs={})
    await first.close()
    second = await journal.open("run")

    assert second.last_seq == 1


async def test_an_opened_run_goes_on_where_it_ended(journal: Journal) -> None:
    writer = await journal.create("run")
    await writer.append(lines(1, 2), expected=0, blobs={})
    await writer.close()

    writer = await journal.open("run")
    await writer.append(lines(3, 4), expected=2, blobs={}, durable=True)
    await writer.close()

    assert await journal.read("run") == lines(1, 4)


async def test_a_closed_writer_writes_no_more(journal: Journal) -> None:
    writer = await journal.create("run")
    await writer.close()

    with pytest.raises(JournalConflictError, match="closed"):
        await writer.append(lines(1, 1), expected=0, blobs={})


async def test_closing_again_does_not_free_the_next_writer(journal: Journal) -> None:
    first = await journal.create("run")
    await first.close()
    second = await journal.open("run")

    await first.close()

    with pytest.raises(JournalConflictError):
        await first.append(lines(1, 1), expected=0, blobs={})
    with pytest.raises(JournalLockedError):
        await journal.open("run")
    await second.append(lines(1, 1), expected=0, blobs={})


async def test_two_runs_are_written_at_once(journal: Journal) -> None:
    one, two = await journal.create("one"), await journal.create("two")
    await one.append(lines(1, 1, "one"), expected=0, blobs={})
    await two.append(lines(1, 2, "two"), expected=0, blobs={})

    assert await journal.read("one") == lines(1, 1, "one")
    assert await journal.read("two") == lines(1, 2, "two")


async def test_a_run_is_read_while_it_is_written(journal: Journal) -> None:
    writer = await journal.create("run")
    for seq in range(1, 6):
        await writer.append([line(seq)], expected=seq - 1, blobs={})
        assert len(await journal.read("run")) == seq


async def test_a_missing_run_is_reported(journal: Journal) -> None:
    with pytest.raises(RunNotFoundError, match="'absent'"):
        await journal.read("absent")
    with pytest.raises(RunNotFoundError, match="'absent'"):
        await journal.open("absent")


async def test_runs_are_listed_in_the_order_of_their_creation(journal: Journal) -> None:
    assert await journal.run_ids() == []
    for run_id in ("zebra", "ant", "m-1", "bee"):
        await (await journal.create(run_id)).close()
    reopened = await journal.open("zebra")
    await reopened.append(lines(1, 1), expected=0, blobs={})

    assert await journal.run_ids() == ["zebra", "ant", "m-1", "bee"]


async def test_blobs_are_shared_by_the_runs(journal: Journal) -> None:
    one, two = await journal.create("one"), await journal.create("two")
    blobs = named(b"content") | named(b"\x00\xff\n")
    await one.append(lines(1, 1), expected=0, blobs=blobs)
    await two.append(lines(1, 1), expected=0, blobs=named(b"content"))

    for digest, content in blobs.items():
        assert await journal.read_blob(digest) == content


async def test_a_blob_without_entries_is_stored(journal: Journal) -> None:
    writer = await journal.create("run")
    await writer.append([], expected=0, blobs=named(b""))

    assert await journal.read_blob(sha256(b"").hexdigest()) == b""


@pytest.mark.parametrize("digest", ["0" * 64, "", "../../etc/passwd", "A" * 64])
async def test_a_missing_blob_is_reported(journal: Journal, digest: str) -> None:
    with pytest.raises(BlobNotFoundError, match="stored"):
        await journal.read_blob(digest)


async def test_every_text_reads_back(journal: Journal) -> None:
    text = 'B\u00e4r \N{HONEYBEE} \u2028\u2029\x85\r\n\x00"\\'
    written = lines(1, 2, text)
    writer = await journal.create("run")
    await writer.append(written, expected=0, blobs={})

    assert await journal.read("run") == written


async def test_large_entries_and_blobs_read_back(journal: Journal) -> None:
    content = b"0123456789abcdef" * 200_000
    written = [line(1, "y" * 3_000_000), *lines(2, 500)]
    writer = await journal.create("run")
    await writer.append(written, expected=0, blobs=named(content))

    assert await journal.read("run") == written
    assert await journal.read_blob(sha256(content).hexdigest()) == content


async def test_large_content_of_events_is_fetched(journal: Journal) -> None:
    opening = node_started("first", opening=LARGE_TEXT)
    await write_run(journal, "run", [("m", run_started()), ("m", opening)])

    entries = await read_entries(journal, "run")

    assert LARGE_TEXT.encode() not in b"".join(await journal.read("run"))
    assert entries[1].event == opening
    assert [entry.seq for entry in await read_entries(journal, "run", after=1)] == [2]
