"""The file of a packet: one JSON object, written at once and readable by its owner alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from pydantic import ValidationError

from framework.durable_file import replace_file
from framework.errors import PacketError
from framework.runtime.packet.model import FORMAT, Packet

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 128_000_000
"""Size of a file above which it is not read."""


def write_packet(packet: Packet, path: Path) -> int:
    """Write a packet and return the file's size in bytes.

    Raises:
        PacketError: if the file cannot be written.
    """
    content = orjson.dumps(
        packet.model_dump(mode="json"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    )
    try:
        replace_file(path, content)
    except OSError as error:
        raise PacketError(f"The packet could not be written to {str(path)!r}: {error.strerror}.") from error
    return len(content)


def read_packet(path: Path) -> Packet:
    """Read a packet; fields this version does not know are kept.

    Raises:
        PacketError: if the file cannot be read, is no packet, or is of a newer format.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise PacketError(f"The packet {str(path)!r} cannot be read: {error.strerror}.") from error
    if len(content) > MOST_BYTES:
        raise PacketError(f"The file {str(path)!r} is larger than {MOST_BYTES:,} bytes, so it is no packet.")
    return _parsed(content, path)


def _parsed(content: bytes, path: Path) -> Packet:
    try:
        record: object = orjson.loads(content)
    except ValueError as error:
        raise PacketError(f"The file {str(path)!r} is no packet: {error}.") from error
    if not isinstance(record, dict) or "format" not in record:
        raise PacketError(f"The file {str(path)!r} is no packet: it has no format.")
    version: object = record["format"]  # pyright: ignore[reportUnknownVariableType]  (a file's content)
    if not isinstance(version, int) or version > FORMAT:
        raise PacketError(
            f"The packet {str(path)!r} has format {version!r}, this program reads up to {FORMAT}; upgrade it."
        )
    if "journal" not in record:
        raise PacketError(f"The file {str(path)!r} is no packet: it has no journal.")
    try:
        return Packet.model_validate(record)
    except ValidationError as error:
        where = ", ".join(".".join(map(str, item["loc"])) for item in error.errors()[:3])
        raise PacketError(f"The file {str(path)!r} is no packet that reads back: see {where}.") from None
