"""What listeners hear of a journal: entries as live events."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from framework.events.bus import AgentEvent, EventBus, EventType
from framework.journal.state import WalkLane
from framework.model import events as ev
from framework.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.journal.entry import Entry
    from framework.journal.state import RunState

_TYPES: dict[str, EventType] = {
    ev.RunStarted.kind: EventType.EXECUTION_STARTED,
    ev.RunResumed.kind: EventType.EXECUTION_RESUMED,
    ev.RunPaused.kind: EventType.EXECUTION_PAUSED,
    ev.NodeStarted.kind: EventType.NODE_STARTED,
    ev.NodeRetried.kind: EventType.NODE_RETRY,
    ev.ModelRequested.kind: EventType.MODEL_REQUESTED,
    ev.ModelAnswered.kind: EventType.MODEL_ANSWERED,
    ev.ToolIntended.kind: EventType.TOOL_CALL_STARTED,
    ev.ToolReturned.kind: EventType.TOOL_CALL_COMPLETED,
    ev.OutputSet.kind: EventType.OUTPUT_SET,
    ev.JudgeRuled.kind: EventType.JUDGE_VERDICT,
    ev.QuestionAsked.kind: EventType.CLIENT_INPUT_REQUESTED,
    ev.QuestionAnswered.kind: EventType.CLIENT_INPUT_RECEIVED,
    ev.EdgeTaken.kind: EventType.EDGE_TRAVERSED,
    ev.BranchesJoined.kind: EventType.BRANCHES_JOINED,
    ev.ConversationCompacted.kind: EventType.CONVERSATION_COMPACTED,
}


def announcer(bus: EventBus, state: RunState) -> Callable[[Entry], None]:
    """Return a journal listener that publishes on ``bus`` what is worth watching of a run.

    ``data`` holds the event's fields, small values decoded, and the entry's
    sequence number and meta facts.
    """
    run_id = state.run_id
    where = _places(state) if state.last_seq else {}

    def announce(entry: Entry) -> None:
        event = entry.event
        if isinstance(event, ev.NodeStarted):
            where[entry.lane] = event.node_id
        kind = _type_of(event)
        if kind is None or not bus.is_heard():
            return
        node_id = getattr(event, "node_id", None) or where.get(entry.lane.split(".c", 1)[0], "")
        bus.publish(
            AgentEvent(
                type=kind,
                run_id=run_id,
                node_id=node_id,
                lane=entry.lane,
                data={**_data(event), **entry.meta, "seq": entry.seq},
            )
        )

    return announce


def _places(state: RunState) -> dict[str, str]:
    """Return where every lane stands."""
    return {lane.id: str(lane.node_id) for lane in state.lanes.values() if isinstance(lane, WalkLane)}


def _type_of(event: ev.Event) -> EventType | None:
    if isinstance(event, ev.RunFinished):
        is_done = event.status == "succeeded"
        return EventType.EXECUTION_COMPLETED if is_done else EventType.EXECUTION_FAILED
    if isinstance(event, ev.NodeFinished):
        return EventType.NODE_COMPLETED if event.succeeded else EventType.NODE_FAILED
    if isinstance(event, ev.GuardRuled):
        return None if event.allowed else EventType.ESCALATION
    return _TYPES.get(event.kind)


def _data(event: ev.Event) -> dict[str, Any]:
    return {field.name: _shown(getattr(event, field.name)) for field in fields(event)}


def _shown(value: Any) -> Any:
    if isinstance(value, Value):
        return value.load() if value.digest is None else f"[{value.size} bytes]"
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  (an event holds JSON)
    return value
