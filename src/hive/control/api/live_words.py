"""What people ask over sockets to follow streams of their team."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hive.control.auth.gate import Gate
from hive.control.domain.live import Stream, read_cursor
from hive.control.domain.roles import Role
from hive.control.services.connections import Frame
from hive.errors import RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hive.control.api.parts import Parts
    from hive.control.api.socket_words import Word
    from hive.control.services.connections import Connection

VIEWERS = Gate(role=Role.VIEWER)
"""Who may follow streams: people of the team, no keys."""


async def subscribe(parts: Parts, connection: Connection, asked: Mapping[str, Any]) -> None:
    """Let the client follow the stream it names, after ``since`` if it says so."""
    VIEWERS.check(connection.principal)
    since = asked.get("since")
    if not (since is None or isinstance(since, str)):
        raise RefusedInputError("The cursor is none of this server's; leave it out to begin now.")
    await parts.live_sockets.begin(connection, _stream(asked), read_cursor(since) if since else None)


async def unsubscribe(parts: Parts, connection: Connection, asked: Mapping[str, Any]) -> None:
    """Let the client follow the stream it names no more."""
    VIEWERS.check(connection.principal)
    stream = _stream(asked)
    await parts.live_sockets.end(connection, stream)
    team_id = connection.principal.team_id
    connection.push(Frame({"type": "unsubscribed", "stream": stream, "teamId": team_id}))


async def _named(
    word: Word, stream: Stream, parts: Parts, connection: Connection, asked: Mapping[str, Any]
) -> None:
    """Do what ``word`` does, of a stream that its name says."""
    await word(parts, connection, {**asked, "stream": stream})


WORDS: Mapping[str, Word] = {
    "subscribe": subscribe,
    "unsubscribe": unsubscribe,
    "subscribe-llm-events": partial(_named, subscribe, Stream.LLM_EVENTS),
    "unsubscribe-llm-events": partial(_named, unsubscribe, Stream.LLM_EVENTS),
}
"""What people may ask; the longer words are those that dashboards know."""


def _stream(asked: Mapping[str, Any]) -> Stream:
    try:
        return Stream(asked.get("stream", Stream.LOGS))
    except ValueError:
        raise RefusedInputError(f"There is no such stream; there are {', '.join(Stream)}.") from None
