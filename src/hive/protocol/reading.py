"""Reading one event: it counts, or a sentence says why not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter, ValidationError

from hive.protocol.events import Event

_FAULTS_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedEvent:
    """An event that does not count, and why; it repeats nothing of the event."""

    reason: str


def read_event(raw: object) -> Event | RefusedEvent:
    """Return the event that ``raw``, which was JSON, is."""
    try:
        return _adapter().validate_python(raw)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
    except RecursionError:
        return RefusedEvent(reason="The event is nested too deeply.")
    told = "; ".join(f"{_place(each['loc'])}: {each['msg']}" for each in found[:_FAULTS_TOLD])
    more = len(found) - _FAULTS_TOLD
    return RefusedEvent(reason=told + (f"; and {more} more" if more > 0 else ""))


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part)[:60] for part in location) or "event"


@cache
def _adapter() -> TypeAdapter[Event]:
    return TypeAdapter(Event)
