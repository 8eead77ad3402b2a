"""A hook of Schemathesis, which knows no clock: what it makes up happened just now, so it can count."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import schemathesis

LISTS = {"/v1/control/events": "events", "/v1/metrics": "metrics"}
"""Where lists of what happened are sent, and what they are called."""


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Let each event or metric of a batch that says a time say this one."""
    del context, kwargs
    body = cast("object", case.body)
    if case.operation.path not in LISTS or not isinstance(body, dict):
        return
    events = cast("dict[str, object]", body).get(LISTS[case.operation.path])
    for event in cast("list[object]", events) if isinstance(events, list) else []:
        if isinstance(event, dict) and is_time(cast("dict[str, object]", event).get("timestamp")):
            event["timestamp"] = datetime.now(UTC).isoformat()


def is_time(said: object) -> bool:
    """Return whether it is a time as a description asks for it."""
    try:
        return isinstance(said, str) and datetime.fromisoformat(said).tzinfo is not None
    except ValueError:
        return False
