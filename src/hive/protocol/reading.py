"""Reading one event: it counts, or a sentence says why not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from hive.protocol.events import Event, EventType
from hive.protocol.faults import faults_in, sentence_of

if TYPE_CHECKING:
    from collections.abc import Callable

_OF_NO_KIND = frozenset({"union_tag_invalid", "union_tag_not_found"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedEvent:
    """An event that does not count, and why; it repeats nothing of the event."""

    reason: str


def read_event(raw: object) -> Event | RefusedEvent:
    """Return the event that ``raw``, which was JSON, is."""
    try:
        return _validator()(raw)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    except RecursionError:
        return RefusedEvent(reason="The event is nested too deeply.")
    if found[0]["type"] in _OF_NO_KIND:
        return RefusedEvent(reason=f"event_type: Input should be one of {', '.join(EventType)}")
    faults = faults_in(raw, [{**each, "loc": each["loc"][1:]} for each in found])
    return RefusedEvent(reason=sentence_of(faults, "event"))


@cache
def _validator() -> Callable[[object], Event]:
    return TypeAdapter[Event](Event).validator.validate_python
