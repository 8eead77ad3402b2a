"""What the database knows of an entry besides its bytes, read from the encoded line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, cast

import orjson

from framework.errors import JournalWriteError
from framework.model.events import RunStarted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_HEAD = re.compile(rb'\{"v":\d+,"seq":(\d+),"at":(-?\d+),"lane":"([^"\\\n]+)","kind":"([^"\\\n]+)"')
_REFERENCE = re.compile(rb'\{"\$blob":"([0-9a-f]{64})"')


class Line(NamedTuple):
    """An entry's place, kind and bytes."""

    seq: int
    at_us: int
    lane: str
    kind: str
    content: bytes


def parse_lines(lines: Sequence[bytes], after: int) -> list[Line]:
    """Return encoded entries with their places, which go on after the number ``after``.

    Raises:
        JournalWriteError: if a line is not an encoded entry, or not the next.
    """
    parsed = [_parse(content) for content in lines]
    for seq, line in enumerate(parsed, after + 1):
        if line.seq != seq:
            raise JournalWriteError(
                f"Entry {line.seq} cannot be stored as entry {seq}; encode it with its own number."
            )
    return parsed


def references(lines: Iterable[bytes]) -> set[str]:
    """Return the digests of the content that encoded entries refer to."""
    return {digest.decode() for line in lines for digest in _REFERENCE.findall(line)}


def sequence_number(line: bytes) -> int | None:
    """Return the number an encoded entry gives itself, None if it is no entry."""
    head = _HEAD.match(line)
    return None if head is None else int(head[1])


def agent_of(line: Line) -> str | None:
    """Return the agent that an entry names as the run's, None if it names none."""
    if line.kind != RunStarted.kind:
        return None
    record = cast("dict[str, dict[str, str]]", orjson.loads(line.content))
    return record["body"]["agent"].replace("\0", "")


def _parse(content: bytes) -> Line:
    head = _HEAD.match(content)
    if head is None:
        raise JournalWriteError(f"A line to store is not an encoded entry: {content[:120]!r}.")
    seq, at_us, lane, kind = head.groups()
    return Line(int(seq), int(at_us), lane.decode(), kind.decode(), content)
