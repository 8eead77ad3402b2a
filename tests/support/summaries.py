"""What a run came to, in words that outlive the fields of its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from framework.journal.state import WalkLane

if TYPE_CHECKING:
    from collections.abc import Mapping

    from framework.journal.state import Lane, RunState
    from framework.model.events import ErrorFacts
    from framework.model.value import Value


def summary(state: RunState) -> dict[str, Any]:
    """Return the meaning of a state as JSON data."""
    usage = state.usage
    return {
        "run_id": state.run_id,
        "agent": state.agent,
        "status": state.status.value,
        "paused_at": state.paused_at,
        "entries": state.last_seq,
        "started_at_us": state.started_at_us,
        "ended_at_us": state.ended_at_us,
        "input": loaded(state.input),
        "steps": state.steps,
        "tokens": [usage.input_tokens, usage.output_tokens, usage.cached_tokens],
        "cost_usd": str(usage.cost_usd),
        "unpriced": usage.unpriced,
        "retries": dict(state.retries),
        "failures": state.failures,
        "files": state.files,
        **({"left_out": dict(state.left_out)} if state.left_out else {}),
        "questions": list(state.questions),
        "error": error(state.error),
        **({} if state.rejection is None else {"rejection": state.rejection}),
        "evaluation": None if state.evaluation is None else state.evaluation.load(),
        "lanes": {lane.id: lane_summary(lane) for lane in state.lanes.values()},
    }


def lane_summary(lane: Lane) -> dict[str, Any]:
    """Return where a lane stands and what it saw."""
    if not isinstance(lane, WalkLane):
        return {"digest": lane.digest.hex()}
    messages = lane.conversation.messages()
    return {
        "digest": lane.digest.hex(),
        "phase": lane.phase.value,
        "node_id": lane.node_id,
        "step": None if lane.node is None else lane.node.step.value,
        "path": lane.path,
        "visits": lane.visits,
        "edges_in": list(lane.edges_in),
        "memory": loaded(lane.memory),
        "error": error(lane.error),
        "conversation": lane.conversation.head,
        "messages": [[message.role, message.content[:80], len(message.tool_calls)] for message in messages],
    }


def loaded(values: Mapping[str, Value]) -> dict[str, Any]:
    """Return values as JSON data, long texts by their start."""
    contents = {key: item.load() for key, item in values.items()}
    return {key: item[:80] if isinstance(item, str) else item for key, item in contents.items()}


def error(facts: ErrorFacts | None) -> list[Any] | None:
    """Return what went wrong as JSON data."""
    return None if facts is None else [facts.error, facts.message, facts.retryable]
