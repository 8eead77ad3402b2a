"""What a reader of a packet looks at first: prompts and answers, tool calls, what people said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from framework.model.events import (
    InputInjected,
    ModelAnswered,
    ModelRequested,
    QuestionAnswered,
    QuestionAsked,
    RunRejected,
    ToolIntended,
    ToolReturned,
    UnreadRequest,
)
from framework.runtime.packet.model import CallMade, Exchange, Feedback

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from framework.journal.entry import Entry
    from framework.model.events import ToolRequest
    from framework.model.value import Value


def _wire(value: Value) -> Any:
    """Return a value as the packet's file has it."""
    return orjson.loads(orjson.dumps(value.wire()))


def exchanges_of(entries: Iterable[Entry], sent: Mapping[int, int]) -> list[Exchange]:
    """Return the requests to models in the entries of one visit, each with its answer.

    ``sent`` says how many messages of the conversation each was sent, by its sequence number.
    """
    found: list[Exchange] = []
    for entry in entries:
        match entry.event:
            case ModelRequested() as event:
                found.append(
                    Exchange(
                        seq=entry.seq,
                        purpose=event.purpose,
                        model=event.model,
                        system=_wire(event.system),
                        tools=_wire(event.tools),
                        messages=sent.get(entry.seq, 0),
                        prompt=_wire(event.prompt) if event.prompt is not None else None,
                    )
                )
            case ModelAnswered() as event if found:
                found[-1] = found[-1].model_copy(update=_answer(event))
            case _:
                pass
    return found


def _answer(event: ModelAnswered) -> dict[str, Any]:
    return {
        "model": event.model,
        "answer": _wire(event.text),
        "tool_calls": [_request(call) for call in event.tool_calls],
        "stop_reason": event.stop_reason,
    }


def _request(call: ToolRequest) -> dict[str, Any]:
    asked = {"id": call.id, "name": call.name, "arguments": _wire(call.arguments), "error": call.error}
    return (
        {**asked, "arguments_text": _wire(call.arguments_text)} if isinstance(call, UnreadRequest) else asked
    )


def calls_of(entries: Iterable[Entry]) -> list[CallMade]:
    """Return the tool calls in the entries of one visit, each with what came back."""
    found: dict[tuple[str, str], CallMade] = {}
    unread: dict[tuple[str, str], Any] = {}
    for entry in entries:
        match entry.event:
            case ModelAnswered() as event:
                unread |= {
                    (entry.lane, call.id): _wire(call.arguments_text)
                    for call in event.tool_calls
                    if isinstance(call, UnreadRequest)
                }
            case ToolIntended() as event:
                found[entry.lane, event.call_id] = CallMade(
                    seq=entry.seq, tool=event.tool, call_id=event.call_id, arguments=_wire(event.arguments)
                )
            case ToolReturned() as event:
                made = found.get((entry.lane, event.call_id))
                made = made or CallMade(
                    seq=entry.seq,
                    tool=event.tool,
                    call_id=event.call_id,
                    arguments_text=unread.get((entry.lane, event.call_id)),
                )
                back = {"status": event.status, "result": _wire(event.content)}
                found[entry.lane, event.call_id] = made.model_copy(update=back)
            case _:
                pass
    return list(found.values())


def feedback_of(entries: Sequence[Entry]) -> list[Feedback]:
    """Return what people said in the whole run."""
    asked: dict[str, Any] = {}
    found: list[Feedback] = []
    for entry in entries:
        match entry.event:
            case QuestionAsked() as event:
                asked[event.question_id] = _wire(event.text)
            case QuestionAnswered() as event:
                question = asked.get(event.question_id)
                found.append(Feedback(seq=entry.seq, kind="answer", asked=question, said=_wire(event.text)))
            case RunRejected() as event:
                found.append(Feedback(seq=entry.seq, kind="rejection", said=event.reason))
            case InputInjected() as event:
                found.append(Feedback(seq=entry.seq, kind="message", said=_wire(event.text)))
            case _:
                pass
    return found
