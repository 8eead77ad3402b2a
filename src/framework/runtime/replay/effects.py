"""Effects in a replay: nothing takes effect, and what was in doubt, asked about or refused is so again."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from framework.errors import CallInDoubtError
from framework.journal.state import NODE_CALL
from framework.loop.context import NodeResult
from framework.loop.doubts import DOUBT_OPTIONS
from framework.loop.permission import PERMISSION_OPTIONS, POLICY
from framework.model.events import (
    GuardRuled,
    ModelAnswered,
    NodeFinished,
    NodeRetried,
    OutputSet,
    QuestionAsked,
)
from framework.model.tool import Risk, Tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from framework.journal.entry import Entry
    from framework.loop.context import NodeContext
    from framework.model.events import ErrorFacts, Event
    from framework.runtime.replay.recording import Recording
    from framework.tools.context import ToolContext


_CallName = tuple[str, str]
"""A lane, and the model's name for a call in it."""


class RecordedPermissions:
    """What guards, policies and people ruled on calls in a recorded run.

    The model's name for a call tells it from others only within one conversation:
    a call is known here by its lane and its name, the latest call of that name
    being meant.

    Attributes:
        approved: the tools of high risk that the run's policy allowed.
    """

    def __init__(self, entries: Iterable[Entry], check_doubt: Callable[[str], None], *, after: int) -> None:
        """Read the rulings out of all entries of a run.

        Args:
            entries: those of the run.
            check_doubt: raises an error if a person is asked about the next call of this key.
            after: guards give the rulings that stand after this entry.
        """
        self._check_doubt = check_doubt
        self.approved: set[str] = set()
        self._risky: set[str] = set()
        self._guards: dict[str, str] = {}
        self._reasons: dict[_CallName, deque[str | None]] = {}
        tools: dict[_CallName, str] = {}
        for entry in entries:
            self._note(entry.lane, entry.event, tools)
            if entry.seq > after:
                self._note_reason(entry.lane, entry.event)

    def as_recorded(self, tools: Mapping[str, Tool]) -> dict[str, Tool]:
        """Return tools that ask for permission, and are in doubt, where the run's did.

        Their guards and probes say what those said there.
        """
        return {name: self._as_recorded(tool) for name, tool in tools.items()}

    def _as_recorded(self, tool: Tool) -> Tool:
        is_risky = tool.name in self._risky or tool.name in self.approved
        guard = self._guard(self._guards[tool.name]) if tool.name in self._guards else None
        return replace(tool, risk=Risk.HIGH if is_risky else Risk.LOW, guard=guard, probe=self._probe)

    async def _probe(self, arguments: dict[str, Any], context: ToolContext) -> None:
        """Have a call made, which gives what is recorded, unless a person is asked about it."""
        del arguments
        self._check_doubt(context.idempotency_key)

    def _guard(self, name: str) -> Callable[[dict[str, Any], ToolContext], Any]:
        async def guard(arguments: dict[str, Any], context: ToolContext) -> str | None:
            del arguments
            reasons = self._reasons.get((context.lane_id, context.call_id))
            return reasons.popleft() if reasons else None

        guard.__name__ = name
        return guard

    def _note(self, lane: str, event: Event, tools: dict[_CallName, str]) -> None:
        match event:
            case ModelAnswered():
                tools.update({(lane, call.id): call.name for call in event.tool_calls})
            case QuestionAsked(call_id=str(call_id), options=options) if options == PERMISSION_OPTIONS:
                self._risky.add(tools.get((lane, call_id), ""))
            case GuardRuled(guard=guard, call_id=call_id) if guard == POLICY:
                self.approved.add(tools.get((lane, call_id), ""))
            case GuardRuled(guard=guard, call_id=call_id):
                self._guards[tools.get((lane, call_id), "")] = guard
            case _:
                pass

    def _note_reason(self, lane: str, event: Event) -> None:
        """Keep what a guard ruled: None where it let the call be made."""
        if isinstance(event, GuardRuled) and event.guard != POLICY:
            reason = None if event.allowed else event.reason
            self._reasons.setdefault((lane, event.call_id), deque()).append(reason)


def is_about_doubt(event: Event) -> bool:
    """Whether an event asks a person whether a call took effect."""
    return isinstance(event, QuestionAsked) and event.options == DOUBT_OPTIONS


class RecordedNode:
    """Stands for a function node that changes something: it gives what the recorded one gave."""

    def __init__(self, recording: Recording, as_raised: Callable[[ErrorFacts], Exception]) -> None:
        """Answer from ``recording``; ``as_raised`` makes the error of a failed attempt."""
        self._recording = recording
        self._as_raised = as_raised

    async def execute(self, ctx: NodeContext) -> NodeResult:
        """Return the recorded outputs, fail as recorded, or be in doubt as recorded."""
        event = self._recording.next_event(ctx.log.lane_id)
        match event:
            case OutputSet():
                return NodeResult(
                    success=True, output={key: value.load() for key, value in event.values.items()}
                )
            case NodeFinished(succeeded=True):
                return NodeResult(success=True)
            case NodeRetried(error=facts):
                raise self._as_raised(facts)
            case NodeFinished(error=facts) if facts is not None:
                raise self._as_raised(facts)
            case QuestionAsked(call_id=call_id) if call_id == NODE_CALL:
                raise CallInDoubtError("The recorded run was in doubt here.")
            case _:
                await asyncio.Event().wait()  # The recording ends here, and with it the replay.
                raise AssertionError("An event that nobody sets was set.")
