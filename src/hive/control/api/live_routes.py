"""Following a stream over HTTP: as server-sent events, or page by page."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from hive.control.api.event_source import MEDIA_TYPE, EventSource
from hive.control.api.parts import Parts, PartsOf
from hive.control.api.refusals import refusals
from hive.control.auth.gate import Gate, people_only
from hive.control.domain.live import Channel, Stream, gap, read_cursor
from hive.control.domain.principal import Principal
from hive.control.domain.roles import Role
from hive.protocol.forms import DIGITS

PATH = "/v1/logs/stream"

router = APIRouter(tags=["live"], responses=refusals(401, 403, 422, 503))
Viewer = Annotated[Principal, Depends(Gate(role=Role.VIEWER))]
Cursor = Annotated[str, Field(max_length=18, pattern=DIGITS, examples=["42"])]
LastEventId = Annotated[Cursor, Header(alias="Last-Event-ID")]


class Wanted(BaseModel):
    """What somebody wants of a stream.

    Attributes:
        since: the cursor after which to begin.
        limit: events of a page.
    """

    stream: Stream = Stream.LOGS
    since: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class StreamGap(BaseModel):
    """Events between two cursors that do not come, in the words of the message of the same name.

    Attributes:
        count: how many; None where the cursor that was named is none of this stream.
    """

    model_config = ConfigDict(extra="forbid")

    type: Literal["gap"]
    stream: Stream
    team_id: Annotated[UUID, Field(alias="teamId")]
    before: Annotated[str, Field(alias="from")]
    upto: Annotated[str, Field(alias="to")]
    cursor: str
    count: int | None


class StreamPage(BaseModel):
    """Some of a stream.

    Attributes:
        start: the cursor before the first event; another than asked for where there is a gap.
        cursor: what to ask for next.
        newest: the cursor of the newest event there is.
        gap: what lies between the cursor asked for and ``start``; None where nothing is missing.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "stream": "logs",
                    "team_id": "3f1c0b52-5d0c-4c1e-9d3f-0c8f6a5b7a10",
                    "start": "41",
                    "cursor": "42",
                    "newest": "42",
                    "gap": {
                        "type": "gap",
                        "stream": "logs",
                        "teamId": "3f1c0b52-5d0c-4c1e-9d3f-0c8f6a5b7a10",
                        "from": "30",
                        "to": "41",
                        "cursor": "41",
                        "count": 11,
                    },
                    "events": [{"timestamp": "2026-01-31T12:00:00Z", "level": "info", "message": "Found 3."}],
                }
            ]
        },
    )

    stream: Stream
    team_id: UUID
    start: str
    cursor: str
    newest: str
    gap: StreamGap | None
    events: list[dict[str, Any]]


@router.get(PATH, response_model=StreamPage, responses={200: {"content": {MEDIA_TYPE: {}}}})
async def follow_stream(
    request: Request,
    viewer: Viewer,
    parts: PartsOf,
    wanted: Annotated[Wanted, Query()],
    last_event_id: LastEventId = "",
) -> Response | StreamPage:
    """Follow a stream of the team, after a cursor or from now on.

    Asked with ``Accept: text/event-stream`` it sends events until the access token counts no more;
    otherwise it gives one page: what comes after ``since``, or the newest events.
    """
    person = people_only(viewer)
    channel = Channel(person.team_id, wanted.stream)
    named = last_event_id or wanted.since
    after = read_cursor(named) if named else None
    if MEDIA_TYPE in request.headers.get("accept", ""):
        return EventSource(parts, person, channel, after)
    return await _page(parts, channel, after, wanted.limit)


async def _page(parts: Parts, channel: Channel, after: int | None, limit: int) -> StreamPage:
    page, start = await parts.live.page(channel, after, limit)
    return StreamPage(
        stream=channel.stream,
        team_id=channel.team_id,
        start=str(start),
        cursor=str(page.events[-1].position if page.events else start),
        newest=str(page.newest),
        gap=None if after is None else _missed(channel, after, start),
        events=[each.event for each in page.events if each.event is not None],
    )


def _missed(channel: Channel, after: int, start: int) -> StreamGap | None:
    return None if after == start else StreamGap.model_validate(gap(channel, after, start).message())
